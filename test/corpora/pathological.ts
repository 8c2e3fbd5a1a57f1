import { ADVERSARIAL_LEXING } from './pathological-lexing.ts';
import { DEEP } from './pathological-deep.ts';
import { WIDE } from './pathological-wide.ts';

/** A text that is made to cost as much as it can. Built when it is needed: together they are tens of megabytes. */
export type Pathological = { readonly name: string; readonly text: () => string };

/**
 * Texts within the default limit of 1 MiB that go for the time, the stack or the memory of whoever reads them, against
 * the database of pathological-schema.ts. None of them may do more than get an answer or a clean refusal.
 */
export const PATHOLOGICAL: readonly Pathological[] = [...DEEP, ...WIDE, ...ADVERSARIAL_LEXING];
