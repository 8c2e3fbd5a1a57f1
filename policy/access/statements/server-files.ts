import type { SpecialCall } from '../query/environment.ts';

/** Built-ins that read or write a file of the server whose path they are given. */
const FILE_FUNCTIONS: ReadonlySet<string> = new Set([
  'lo_export',
  'lo_import',
  'pg_ls_dir',
  'pg_read_binary_file',
  'pg_read_file',
  'pg_read_file_old',
  'pg_stat_file',
]);

/** The same question as for COPY to or from a file, besides the right to call the function. */
export function chargeServerFile({ name, collector, location }: SpecialCall): void {
  if (!FILE_FUNCTIONS.has(name)) return;
  collector.access({ action: 'serverFile', resource: { kind: 'database' }, usage: 'none', location });
}
