import type { StatementFacts, ValueSource } from '../../policy/access/facts.ts';
import { resourceKey } from '../../policy/access/facts.ts';
import { printable } from './printable.ts';

/** Columns and sources beyond these say no more to a person. */
const MAX_COLUMNS = 12;
const MAX_SOURCES = 4;

/**
 * Where the values of a statement come from and go to, a line each:
 * `result: ssn <- public.customers.ssn (as is), total <- public.orders.amount (derived)`.
 */
export function lineageLines({ result, flows }: StatementFacts): readonly string[] {
  const columns = result?.map(({ name, sources, isOpen }) => valueLabel(isOpen === true ? '...' : name, sources)) ?? [];
  const written = flows?.map(({ target, sources }) => valueLabel(resourceKey(target), sources)) ?? [];
  return [...line('result', columns), ...line('writes', written)];
}

function line(title: string, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [] : [printable(`${title}: ${firstFew(values, MAX_COLUMNS)}`)];
}

function valueLabel(name: string, sources: readonly ValueSource[]): string {
  if (sources.length === 0) return name;
  // What a column is itself says more than what it was made of on the way there.
  const own = sources.filter(({ via }) => via === undefined);
  const labels = [...own, ...sources.filter(({ via }) => via !== undefined)].map(
    ({ resource, isCopy }) => `${resourceKey(resource)} (${isCopy ? 'as is' : 'derived'})`,
  );
  return `${name} <- ${firstFew([...new Set(labels)], MAX_SOURCES, ' + ')}`;
}

function firstFew(parts: readonly string[], most: number, separator = ', '): string {
  const more = parts.length > most ? `${separator}${parts.length - most} more` : '';
  return `${parts.slice(0, most).join(separator)}${more}`;
}
