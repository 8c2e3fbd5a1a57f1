import type { ErrorFields } from './backend-messages.ts';
import { isOfConstraint, isOfStatementText, isServersOwn } from './error-origin.ts';
import { conditionName, valueFree } from './value-free.ts';

/**
 * An ErrorResponse's fields without anything that could come from a row. Severity, SQLSTATE, position and the names of
 * schema, table, column and constraint stay; values in the message become `…`; DETAIL says that something is hidden.
 * What is known to show no values passes as it is.
 * @param why the new DETAIL
 * @see PostgreSQL manual, "Error and Notice Message Fields"
 */
export function hideErrorValues(fields: ErrorFields, why: string): ErrorFields {
  if (isOfStatementText(fields) || isAboutServer(fields)) return without(fields, isAboutServer(fields) ? ['W'] : []);
  const kept = new Map([...fields].filter(([code]) => ALWAYS_KEPT.has(code)));
  const isConstraint = isOfConstraint(fields);
  const known = isServersOwn(fields) ? valueFree(fields.get('M') ?? '', { isOfConstraint: isConstraint }) : undefined;
  kept.set('M', known ?? conditionName(fields.get('C') ?? 'XX000'));
  kept.set('D', why);
  const place = placeInCopy(fields.get('W'));
  if (place !== undefined) kept.set('W', place);
  if (isConstraint) for (const code of NAMES) copyField(fields, kept, code);
  return kept;
}

/** The same for a NoticeResponse: those of the server itself tell of names, those of functions may tell anything. */
export function hideNoticeValues(fields: ErrorFields, why: string): ErrorFields {
  if (isServersOwn(fields) && !fields.has('W')) return fields;
  const kept = new Map([...fields].filter(([code]) => ALWAYS_KEPT.has(code)));
  kept.set('M', 'a message of a function is hidden');
  return kept.set('D', why);
}

const ALWAYS_KEPT: ReadonlySet<string> = new Set(['S', 'V', 'C', 'P', 'F', 'L', 'R']);
const NAMES = ['s', 't', 'c', 'd', 'n'] as const;

/** Cancelled, deadlock, shutting down, out of memory, wrong transaction state: nothing of it comes from rows. */
const ABOUT_SERVER: ReadonlySet<string> = new Set(['08', '25', '40', '53', '55', '57']);

function isAboutServer(fields: ErrorFields): boolean {
  return isServersOwn(fields) && ABOUT_SERVER.has((fields.get('C') ?? '').slice(0, 2));
}

function without(fields: ErrorFields, codes: readonly string[]): ErrorFields {
  return new Map([...fields].filter(([code]) => !codes.includes(code)));
}

/** `COPY t, line 3, column a: "..."` up to the value. */
function placeInCopy(context: string | undefined): string | undefined {
  return context === undefined ? undefined : /^COPY [\w$]+, line \d+(?:, column [\w$]+)?/.exec(context)?.[0];
}

function copyField(from: ErrorFields, to: Map<string, string>, code: string): void {
  const value = from.get(code);
  if (value !== undefined) to.set(code, value);
}
