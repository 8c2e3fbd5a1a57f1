import type { Database } from 'better-sqlite3';
import type { AccessFacts, Resource } from '../../policy/access/facts.ts';
import { factsSchema } from './facts-schema.ts';

/**
 * The stored facts that touch a table or column. Distinct facts are few (one for each distinct statement), so they are
 * read one by one rather than indexed on the hot path.
 * @param name `customers`, `public.customers` or `public.customers.ssn`
 * @returns ids in the table `facts`
 */
export function factsTouching(db: Database, name: string): readonly number[] {
  const wanted = name.split('.');
  const ids: number[] = [];
  for (const { id, body } of db.prepare<[], { id: number; body: string }>('SELECT id, body FROM facts').iterate()) {
    const facts = factsSchema.safeParse(JSON.parse(body));
    if (facts.success && touches(facts.data, wanted)) ids.push(id);
  }
  return ids;
}

function touches(facts: AccessFacts, wanted: readonly string[]): boolean {
  return facts.statements.some(({ accesses }) => accesses.some(({ resource }) => matches(resource, wanted)));
}

function matches(resource: Resource, wanted: readonly string[]): boolean {
  if (resource.kind !== 'table' && resource.kind !== 'column') return false;
  const path = [resource.schema, resource.table, ...(resource.kind === 'column' ? [resource.column] : [])];
  const from = wanted.length === 1 ? path.slice(1) : path;
  return wanted.every((part, i) => part === from[i]);
}
