import { type Access, resourceKey } from '../access/facts.ts';
import { assuranceAgeMs, type StatementTraits, tableOf } from './context.ts';
import type { Assurance, DecisionContext } from './decision.ts';
import type { Reading } from './policy-reads.ts';
import type { CONTEXT_ATTRIBUTES } from './schema.ts';

/** Renders the part of a context that policies read: equal texts mean that no policy can tell the contexts apart. */
export type ContextKey = (context: DecisionContext) => string;
export type AssuranceKey = (assurance: Assurance, nowMs: number) => string;

type ContextAttribute =
  | `session.${(typeof CONTEXT_ATTRIBUTES.session)[number]}`
  | `clock.${(typeof CONTEXT_ATTRIBUTES.clock)[number]}`;

// Typed by the schema's table: an attribute that is added there and forgotten here does not compile.
const CONTEXT_PARTS: Record<ContextAttribute, (context: DecisionContext, reading: Reading) => string> = {
  'session.address': ({ session }) => session.address,
  'session.tls': ({ session }) => String(session.tls),
  'session.application': ({ session }) => session.application,
  'session.database': ({ session }) => session.database,
  'session.role': ({ session }) => session.role,
  'clock.now': ({ clock }, reading) => stepOf(clock.nowMs, reading),
  'clock.hour': ({ clock }) => String(clock.hour),
  'clock.weekday': ({ clock }) => String(clock.weekday),
};

/**
 * @param reads attribute -> how it is read; attributes of `session` and `clock` are taken, others ignored
 */
export function createContextKey(reads: ReadonlyMap<string, Reading>): ContextKey {
  const parts = Object.entries(CONTEXT_PARTS).flatMap(([name, part]): ContextKey[] => {
    const reading = reads.get(name);
    return reading === undefined ? [] : [(context) => part(context, reading)];
  });
  if (parts.length === 0) return () => '';
  return (context) => joined(parts.map((part) => part(context)));
}

/** The same for what a question takes from its statement and access. */
export function statementKey(reads: ReadonlyMap<string, Reading>, statement: StatementTraits, access: Access): string {
  const parts: string[] = [];
  if (reads.has('statement.kind')) parts.push(statement.kind);
  if (reads.has('statement.usage')) parts.push(access.usage);
  if (reads.has('statement.via')) parts.push(access.via ?? '-');
  if (reads.has('statement.opaque')) parts.push(String(statement.opaque));
  const { target } = access;
  if (target === undefined) return joined(parts);
  if (reads.has('copy.table')) parts.push(resourceKey(tableOf(target)));
  if (reads.has('copy.column')) parts.push(target.kind === 'column' ? `+${target.column}` : '-');
  if (reads.has('copy.asIs')) parts.push(String(access.isCopy === true));
  return joined(parts);
}

/** As createContextKey, for the attributes of `assurance`. */
export function createAssuranceKey(reads: ReadonlyMap<string, Reading>): AssuranceKey {
  const age = reads.get('assurance.age');
  const parts: AssuranceKey[] = [];
  if (reads.has('assurance.methods')) parts.push((assurance) => joined([...assurance.methods].sort()));
  if (reads.has('assurance.aal')) parts.push((assurance) => String(assurance.aal));
  if (age !== undefined) parts.push((assurance, nowMs) => stepOf(assuranceAgeMs(assurance, nowMs), age));
  if (reads.has('assurance.approvedBy')) {
    // Absent and empty are different to `has`.
    parts.push(({ approvedBy }) => (approvedBy === undefined ? '-' : `+${approvedBy}`));
  }
  if (parts.length === 0) return () => '';
  return (assurance, nowMs) => joined(parts.map((part) => part(assurance, nowMs)));
}

function stepOf(value: number, reading: Reading): string {
  switch (reading.kind) {
    case 'value':
      return String(value);
    case 'seconds':
      return String(Math.floor(value / 1000));
    case 'steps':
      return String(reading.boundaries.filter((boundary) => boundary <= value).length);
  }
}

/** Lengths in front: values come from clients (application_name), and no choice of them may imitate another key. */
export function joined(values: readonly string[]): string {
  return values.map((value) => `${value.length}:${value}`).join('');
}
