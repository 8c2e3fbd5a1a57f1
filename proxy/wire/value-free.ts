/**
 * Messages of the server without the values that they quote. Anything that is on no list gives undefined: a message
 * that nobody has looked at may show anything.
 */
export function valueFree(message: string, options: { readonly isOfConstraint: boolean }): string | undefined {
  if (PLAIN.some((pattern) => pattern.test(message))) return message;
  if (options.isOfConstraint && NAMES_ONLY.some((pattern) => pattern.test(message))) return message;
  for (const [pattern, replacement] of QUOTING) {
    if (pattern.test(message)) return message.replace(pattern, replacement);
  }
  return undefined;
}

/** Condition names of PostgreSQL's appendix "Error Codes", for messages that cannot be shown. */
export function conditionName(sqlstate: string): string {
  return CONDITIONS.get(sqlstate) ?? CLASSES.get(sqlstate.slice(0, 2)) ?? `error ${sqlstate}`;
}

/** Without any value. */
const PLAIN: readonly RegExp[] = [
  /^division by zero$/,
  /^(?:smallint|integer|bigint|numeric|money|date|timestamp|interval|time|oid|"char") (?:field value )?out of range$/,
  /^numeric field overflow$/,
  /^value overflows numeric format$/,
  /^value out of range(?:: (?:overflow|underflow))?$/,
  /^value too long for type [a-z ]+(?:\(\d+\))?$/,
  /^bit string too long for type bit varying\(\d+\)$/,
  /^invalid input syntax for type (?:json|jsonb|xml)$/,
  /^cannot take (?:square root|logarithm) of (?:zero|a negative number)$/,
  /^zero raised to a negative power is undefined$/,
  /^more than one row returned by a subquery used as an expression$/,
  /^(?:ON CONFLICT DO UPDATE|MERGE) command cannot affect row a second time$/,
  /^cannot cast jsonb [a-z ]+ to type [a-z ]+$/,
  /^cannot (?:call|extract|get) [\w ]+ (?:on|from|of) (?:a|an)? ?(?:scalar|non-array|non-object|array|object)$/,
  /^negative substring length not allowed$/,
  /^(?:LIMIT|OFFSET) must not be negative$/,
  /^invalid regular expression: [a-z ()]+$/,
  /^range lower bound must be less than or equal to range upper bound$/,
];

/** Quoting names of the catalog; only where a constraint is checked can they be nothing else. */
const NAMES_ONLY: readonly RegExp[] = [
  /^null value in column "[^"]*" of relation "[^"]*" violates not-null constraint$/,
  /^duplicate key value violates unique constraint "[^"]*"$/,
  /^could not create unique index "[^"]*"$/,
  /^(?:conflicting key value violates|could not create) exclusion constraint "[^"]*"$/,
  /^new row for relation "[^"]*" violates (?:check|not-null) constraint "[^"]*"$/,
  /^new row for relation "[^"]*" violates partition constraint$/,
  /^new row violates (?:row-level security policy|check option) [\w() ]*"[^"]*"(?: for (?:table|view) "[^"]*")?$/,
  /^no partition of relation "[^"]*" found for row$/,
  /^value for domain \S+ violates check constraint "[^"]*"$/,
  /^domain \S+ does not allow null values$/,
  /^insert or update on table "[^"]*" violates foreign key constraint "[^"]*"$/,
  /^update or delete on table "[^"]*" violates (?:RESTRICT setting of )?foreign key constraint "[^"]*"(?: on table "[^"]*")?$/,
  /^column "[^"]*" of relation "[^"]*" contains null values$/,
  /^check constraint "[^"]*" of relation "[^"]*" is violated by some row$/,
];

const HIDDEN = '"…"';

/** Quoting a value, which is replaced. */
const QUOTING: readonly (readonly [RegExp, string])[] = [
  [/^(invalid input syntax for type [a-z][a-z0-9 ]*): ".*"$/s, `$1: ${HIDDEN}`],
  [/^value ".*" (is out of range for type [a-z][a-z0-9 ]*)$/s, `value ${HIDDEN} $1`],
  [/^(invalid input value for enum \S+): ".*"$/s, `$1: ${HIDDEN}`],
  [/^((?:date\/time|interval|timestamp|date|time)? ?(?:field )?(?:value )?out of range): ".*"$/s, `$1: ${HIDDEN}`],
  [/^(time zone displacement out of range): ".*"$/s, `$1: ${HIDDEN}`],
  [/^(malformed (?:array|record|range|multirange) literal): ".*"$/s, `$1: ${HIDDEN}`],
  [/^time zone ".*" not recognized$/s, `time zone ${HIDDEN} not recognized`],
];

const CONDITIONS: ReadonlyMap<string, string> = new Map([
  ['P0001', 'a function raised an exception'],
  ['22001', 'string data right truncation'],
  ['22003', 'numeric value out of range'],
  ['22007', 'invalid datetime format'],
  ['22008', 'datetime field overflow'],
  ['22012', 'division by zero'],
  ['22023', 'invalid parameter value'],
  ['22P02', 'invalid text representation'],
  ['22P03', 'invalid binary representation'],
  ['22P04', 'bad copy file format'],
  ['23000', 'integrity constraint violation'],
  ['23502', 'not null violation'],
  ['23503', 'foreign key violation'],
  ['23505', 'unique violation'],
  ['23514', 'check violation'],
  ['23P01', 'exclusion violation'],
]);

const CLASSES: ReadonlyMap<string, string> = new Map([
  ['P0', 'error in a function'],
  ['21', 'cardinality violation'],
  ['22', 'data exception'],
  ['23', 'integrity constraint violation'],
  ['42', 'syntax error or access rule violation'],
  ['44', 'with check option violation'],
  ['XX', 'internal error of the server'],
]);
