import { readFileSync } from 'node:fs';
import { corpusSchema } from '../support/corpus.ts';

const OWN = new URL('../corpora/own-schema.sql', import.meta.url);

/**
 * The sample database of the corpora, the objects of our own attacks, and what the generator needs besides.
 * @returns texts to be run one after the other, without what that version does not have
 */
export function proofSchema(version: number): readonly string[] {
  const own = readFileSync(OWN, 'utf8');
  return [corpusSchema(), version >= 18 ? own : withoutNewer(own, version), EXTRA];
}

/** Statements are one on a line, or go on with indentation. */
function withoutNewer(sql: string, version: number): string {
  return sql
    .split(/\n(?=\S)/)
    .filter((statement) => !/\) VIRTUAL\)/.test(statement))
    .filter((statement) => version >= 17 || !/JSON_TABLE/.test(statement))
    .filter((statement) => version >= 16 || !/JSON_OBJECT\('a'/.test(statement))
    .join('\n');
}

const EXTRA = `
CREATE TYPE public.pair AS (a int, b text);
CREATE TABLE public.shapes (id int PRIMARY KEY, p public.pair, ps public.pair[], "Mixed Case" text, "select" int);
CREATE VIEW public.shape_view AS SELECT s.id, (s.p).b AS b, s."Mixed Case" AS mixed FROM public.shapes s;
CREATE VIEW public.order_view AS SELECT id, customer_id, note FROM public.orders WHERE status <> 'returned';
CREATE VIEW public.checked_view AS SELECT id, note FROM public.orders WHERE id > 0 WITH CASCADED CHECK OPTION;
`;
