import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Head } from '../../proxy/audit/chain.ts';
import type { AuditFilter } from '../../proxy/audit/read.ts';
import { parsePointInTime } from './point-in-time.ts';

export type Common = { readonly config?: string; readonly json?: boolean };
export type FilterOptions = Common & {
  readonly person?: string;
  readonly verdict?: 'allow' | 'refuse' | 'hold';
  readonly since?: string;
  readonly until?: string;
  readonly table?: string;
  readonly session?: string;
};

export function withFilters(command: Command, hasJson = true): Command {
  command
    .option('--person <name>', 'only this person')
    .addOption(new Option('--verdict <verdict>', 'only these decisions').choices(['allow', 'refuse', 'hold']))
    .option('--table <name>', 'only statements that touch it: customers, public.customers, public.customers.ssn')
    .option('--session <id>', 'only this connection')
    .option('--since <time>', 'from then on: 15m, 2h, 3d, 2026-11-24, 2026-11-24T09:30')
    .option('--until <time>', 'before then');
  if (hasJson) command.option('--json', 'as JSON lines');
  return command.option('-c, --config <file>', 'the config of stepward');
}

export function filterOf(options: FilterOptions, nowMs: number): AuditFilter {
  const { person, verdict, table, session, since, until } = options;
  return {
    ...(person !== undefined && { person }),
    ...(verdict !== undefined && { verdict }),
    ...(table !== undefined && { table }),
    ...(session !== undefined && { sessionId: session }),
    ...(since !== undefined && { sinceMs: parsePointInTime(since, nowMs) }),
    ...(until !== undefined && { untilMs: parsePointInTime(until, nowMs) }),
  };
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It is not a whole number above 0.');
}

/** `12` or `#12`. */
export function rowId(text: string): number {
  return positiveInteger(text.replace(/^#/, ''));
}

export function anchor(text: string): Head {
  const [, id = '', hash = ''] = /^(\d+):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  if (id === '') throw new InvalidArgumentError('It is not a head as `audit verify` prints it (id:hash).');
  return { id: Number(id), hash };
}
