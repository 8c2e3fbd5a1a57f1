import type { RangeEntry } from './scope.ts';
import type { Value } from './value.ts';

/** What names mean in the body of a function besides columns: its parameters, and what it declares. */
export type Variables = {
  /** By a name without dots. */
  readonly value: (name: string) => Value | undefined;
  /** A record, or everything that a label or the function's name stands before, by the parts of a dotted name. */
  readonly record: (parts: readonly string[]) => RangeEntry | undefined;
  /** $1, $2, ... */
  readonly positional: readonly Value[];
  /**
   * SQL: a column hides a parameter of its name. PL/pgSQL: by default such a name is an error, and by
   * plpgsql.variable_conflict it is one or the other; it counts as both.
   */
  readonly areColumnsFirst: boolean;
};
