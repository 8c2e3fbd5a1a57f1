import type { CatalogPolicy } from './catalog.ts';
import { CatalogError, maybe, type Row, text } from './load-rows.ts';

const COMMANDS: Readonly<Record<string, CatalogPolicy['command']>> = {
  '*': 'all',
  r: 'select',
  a: 'insert',
  w: 'update',
  d: 'delete',
};

/** A row of QUERIES.policies. */
export function policyOf(row: Row): CatalogPolicy {
  const code = text(row, 2);
  const command = COMMANDS[code];
  if (command === undefined) throw new CatalogError(`catalog query: unknown polcmd "${code}"`);
  const [using, check] = [maybe(row, 3), maybe(row, 4)];
  return {
    name: text(row, 1),
    command,
    ...(using === undefined ? {} : { using }),
    ...(check === undefined ? {} : { check }),
  };
}
