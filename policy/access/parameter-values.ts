import type { Namespace } from './analyzer.ts';

/** The number of a parameter ($1 is 1) and its value as text; null is SQL's NULL. */
export type ParameterValue = readonly [number: number, value: string | null];

/** Longer values are no names of settings, schemas or channels; remembering them would cost memory. */
const MAX_VALUE_CHARS = 1000;

/** The namespace for a statement of which these values are known, besides its text. */
export function withParameterValues(namespace: Namespace, values: readonly ParameterValue[]): Namespace {
  const parameterValues = [...(namespace.parameterValues ?? []), ...values];
  return { ...namespace, parameterValues, key: `${namespace.key} $=${JSON.stringify(values)}` };
}

/** Whether it is worth asking again with it. */
export function isShortValue(value: string | null): boolean {
  return value === null || value.length <= MAX_VALUE_CHARS;
}
