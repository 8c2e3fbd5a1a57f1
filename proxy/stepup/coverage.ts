import type { Access } from '../../policy/access/facts.ts';
import { resourceKey } from '../../policy/access/facts.ts';

/** One thing that a grant allows, as plain data: what the page showed. */
export type CoveredAccess = { readonly action: string; readonly usage: string; readonly resource: string };

/** A set of accesses that answers quickly whether one more is among them. */
export type Coverage = ReadonlySet<string>;

export function coveredAccesses(accesses: readonly Access[]): readonly CoveredAccess[] {
  const distinct = new Map<string, CoveredAccess>();
  for (const access of accesses) {
    const covered = { action: access.action, usage: access.usage, resource: nameOf(access) };
    distinct.set(keyOf(covered), covered);
  }
  return [...distinct.values()];
}

/**
 * A value that was allowed out may also steer which rows come: `output` covers `condition`, never the reverse. All else
 * must match exactly: a grant for a column is none for its table, nor for its view.
 */
export function coverageOf(accesses: readonly CoveredAccess[]): Coverage {
  return new Set(
    accesses.flatMap((access) =>
      access.usage === 'output' ? [keyOf(access), keyOf({ ...access, usage: 'condition' })] : [keyOf(access)],
    ),
  );
}

export function coversAll(coverage: Coverage, accesses: readonly CoveredAccess[]): boolean {
  return accesses.every((access) => coverage.has(keyOf(access)));
}

export function accessKey(access: Access): string {
  return keyOf({ action: access.action, usage: access.usage, resource: nameOf(access) });
}

/** A copy is to one place: a proof for it is none for another. */
function nameOf({ resource, target }: Access): string {
  return target === undefined ? resourceKey(resource) : `${resourceKey(resource)} to ${resourceKey(target)}`;
}

/** Action and usage are words, so the parts cannot run into each other. */
function keyOf(access: CoveredAccess): string {
  return `${access.action} ${access.usage} ${access.resource}`;
}
