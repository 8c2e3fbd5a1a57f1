import type { Context } from '@cedar-policy/cedar-wasm/nodejs';
import type { Access, Resource, StatementFacts } from '../access/facts.ts';
import type { Assurance, DecisionContext } from './decision.ts';
import { entityOf } from './model.ts';

/** A proof dated further ahead than this is not believed: someone moved a clock, and "fresh" must not last until then. */
const MAX_FUTURE_MS = 60_000;
const NEVER_MS = 100 * 365 * 86_400_000;

/** What a statement is, apart from the access that is asked about. */
export type StatementTraits = { readonly kind: string; readonly opaque: boolean };

export function traitsOf(statement: StatementFacts): StatementTraits {
  return { kind: statement.kind, opaque: statement.opaque.length > 0 };
}

/** How old the proof is, ms, whole and never negative. */
export function assuranceAgeMs(assurance: Assurance, nowMs: number): number {
  const age = Math.floor(nowMs - assurance.provedAtMs);
  if (!Number.isFinite(age) || age < -MAX_FUTURE_MS) return NEVER_MS;
  return Math.min(Math.max(age, 0), NEVER_MS);
}

/** Cedar's context record for one question; `context.assurance.age` and `clock.now` are exact to the millisecond. */
export function cedarContext(
  context: DecisionContext,
  statement: StatementTraits,
  access: Access,
  assurance: Assurance,
): Context {
  return {
    assurance: {
      methods: [...assurance.methods],
      aal: assurance.aal,
      age: { __extn: { fn: 'duration', arg: `${assuranceAgeMs(assurance, context.clock.nowMs)}ms` } },
      ...(assurance.approvedBy === undefined ? {} : { approvedBy: assurance.approvedBy }),
    },
    session: {
      address: { __extn: { fn: 'ip', arg: plainAddress(context.session.address) } },
      tls: context.session.tls,
      application: context.session.application,
      database: context.session.database,
      role: context.session.role,
    },
    clock: {
      now: { __extn: { fn: 'datetime', arg: new Date(context.clock.nowMs).toISOString() } },
      hour: context.clock.hour,
      weekday: context.clock.weekday,
    },
    statement: {
      kind: statement.kind,
      usage: access.usage,
      opaque: statement.opaque,
      ...(access.via === undefined ? {} : { via: access.via }),
    },
    ...(access.target === undefined ? {} : { copy: copyContext(access.target, access, context) }),
  };
}

function copyContext(target: NonNullable<Access['target']>, { isCopy }: Access, { session }: DecisionContext): Context {
  const uid = entityOf(tableOf(target), session.database);
  return {
    table: { __entity: uid },
    ...(target.kind === 'column' ? { column: target.column } : {}),
    asIs: isCopy === true,
  };
}

/** The table that a value is brought into. */
export function tableOf({ schema, table }: NonNullable<Access['target']>): Extract<Resource, { kind: 'table' }> {
  return { kind: 'table', schema, table };
}

/**
 * An address as Cedar's ip() reads it. Sockets that listen on both families report IPv4 clients as `::ffff:192.0.2.1`,
 * which Cedar refuses and which a policy's `isInRange(ip("192.0.2.0/24"))` must match; zone ids name a local interface.
 */
export function plainAddress(address: string): string {
  const withoutZone = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(withoutZone);
  return mapped?.[1] ?? withoutZone;
}
