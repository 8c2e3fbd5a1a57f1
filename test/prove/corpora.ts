import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseStatements } from '../../policy/access/parse.ts';
import { textOffsets } from '../../policy/access/text-offsets.ts';
import { corpusRecords, toolRecords } from '../support/corpus.ts';

/** Statements with a name for where they come from. */
export type Source = { readonly name: string; readonly statements: readonly string[] };

/** The labelled corpora and what tools send, one statement at a time; those that need their predecessors are invalid. */
export function corpora(): readonly Source[] {
  const sequences = (['attacks', 'gray'] as const).flatMap(corpusRecords).flatMap((record) => record.sequence);
  const benign = corpusRecords('benign').flatMap((record) => record.sequence);
  return [
    { name: 'attacks', statements: single([...sequences, ...ownRecords('own-attacks'), ...ownRecords('own-benign')]) },
    { name: 'benign', statements: single(benign) },
    { name: 'tools', statements: single(toolRecords().map(({ sql }) => sql)) },
  ];
}

const ownRecord = z.object({ sql: z.string().optional(), sequence: z.array(z.string()).optional() });

function ownRecords(name: string): readonly string[] {
  const text = readFileSync(new URL(`../corpora/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const record = ownRecord.parse(JSON.parse(line));
      return record.sequence ?? (record.sql === undefined ? [] : [record.sql]);
    });
}

/** Splits texts of several statements: the extended protocol takes one at a time. */
function single(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.flatMap(split))];
}

/** Where a statement ends is the same for every version. */
const NEWEST = 180_000;

export function split(text: string): readonly string[] {
  try {
    return parseStatements(text, textOffsets(text), NEWEST).map(({ span }) => text.slice(span.start, span.end));
  } catch {
    // What our parser does not read is the server's to judge.
    return [text];
  }
}
