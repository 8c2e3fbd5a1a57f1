import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Labelled SQL corpora (test/corpora/*.jsonl): statements and sequences, the attacks each proved on a live server to
 * return protected data. Original work, fake data.
 */
const wireStep = z.object({
  op: z.string(),
  /** The connection; `a` where it is left out. */
  c: z.string().optional(),
  sql: z.string().optional(),
  /** Bytes of a query that is not valid UTF-8, or not meant to be read as such. */
  b64: z.string().optional(),
  name: z.string().optional(),
  db: z.string().optional(),
  params: z.unknown().optional(),
});
export type WireStep = z.infer<typeof wireStep>;

const corpusRecord = z.object({
  id: z.string(),
  category: z.string(),
  protocol: z.string(),
  sequence: z.array(z.string()),
  wire: z.array(wireStep).optional(),
  /** What PostgreSQL itself demands of the caller: `schema.table.column`, or `schema.table.(any)` for some column. */
  reads: z.array(z.string()).nullable(),
  label: z.string(),
  leaks: z.array(z.string()).default([]),
  mutates: z.boolean().default(false),
  note: z.string().default(''),
});
export type CorpusRecord = z.infer<typeof corpusRecord>;

const toolRecord = z.object({ source: z.string(), sql: z.string() });
export type ToolRecord = z.infer<typeof toolRecord>;

const policyFile = z.object({
  protected: z.array(z.string()),
  same_data_by_inheritance: z.record(z.string(), z.string()),
  generated_from: z.record(z.string(), z.array(z.string())),
  copies: z.record(z.string(), z.string()),
});

const FOLDER = new URL('../corpora/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');
const lines = (name: string): readonly string[] => read(name).split('\n').filter(Boolean).map(fillIn);

/** Captured tools send literal oids, which differ from server to server: any number will do for analysis. */
function fillIn(line: string): string {
  return line
    .replace(/@OID:[^@]*@/g, '17000')
    .replaceAll('@SOCKDIR@', '/tmp')
    .replaceAll('@PORT@', '5432')
    .replaceAll('@WORKDIR@', '/tmp');
}

export function corpusRecords(name: 'attacks' | 'benign' | 'gray'): readonly CorpusRecord[] {
  return lines(`${name}.jsonl`).map((line) => corpusRecord.parse(JSON.parse(line)));
}

export function toolRecords(): readonly ToolRecord[] {
  return lines('tools.jsonl').map((line) => toolRecord.parse(JSON.parse(line)));
}

/** Columns that hold protected values, as `schema.table.column`; what reads through views follows by analysis. */
export function protectedColumns(): ReadonlySet<string> {
  const policy = policyFile.parse(JSON.parse(read('policy.json')));
  return new Set([
    ...policy.protected,
    ...Object.keys(policy.same_data_by_inheritance),
    ...Object.keys(policy.generated_from),
    ...Object.keys(policy.copies),
  ]);
}

/**
 * The sample database as plain SQL: psql's own commands are taken out, and its variable is filled in. Roles belong to the
 * whole server, and test files load this at the same time: the lock on the shared catalog lets them in one by one.
 */
export function corpusSchema(): string {
  const lock = 'LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;\n';
  return (lock + read('schema.sql'))
    .split('\n')
    .filter((line) => !line.startsWith('\\'))
    .join('\n')
    .replaceAll(":'variant'", "'A'");
}
