import type { ActionConstraint, Clause, EntityUidJson, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Action } from '../access/facts.ts';
import { uidText } from './model.ts';

/** The part of a policy that decides, before anything else of it is evaluated, whether it can apply to a question at all. */
export type PolicyScope = {
  /** undefined: every action. */
  readonly actions: ReadonlySet<string> | undefined;
  /** undefined: every type. */
  readonly resourceType: string | undefined;
  /** uidText() of entities: of each set, the resource must be or be in at least one. */
  readonly resourceIn: readonly ReadonlySet<string>[];
};

export function scopeOf(policy: PolicyJson): PolicyScope {
  const actions = actionsOf(policy.action);
  const { resourceType, inHead } = resourceHead(policy.resource);
  const sets = [inHead, leadingResources(policy.conditions[0])];
  return { actions, resourceType, resourceIn: sets.filter((set) => set !== undefined) };
}

type ResourceHead = {
  readonly resourceType: string | undefined;
  readonly inHead: ReadonlySet<string> | undefined;
};

function resourceHead(resource: PolicyJson['resource']): ResourceHead {
  switch (resource.op) {
    case 'All':
      return { resourceType: undefined, inHead: undefined };
    case '==':
    case 'in':
      return { resourceType: undefined, inHead: literalOf(resource) };
    case 'is':
      return {
        resourceType: resource.entity_type,
        inHead: resource.in === undefined ? undefined : literalOf(resource.in),
      };
  }
}

/**
 * A head cannot say `resource in [Tag::"a", Tag::"b"]`, so policies say it first thing in their first `when`. Cedar
 * evaluates clauses in order and stops at the first that is false: what comes later is then neither read nor can it err.
 */
function leadingResources(clause: Clause | undefined): ReadonlySet<string> | undefined {
  if (clause?.kind !== 'when') return undefined;
  const test: unknown = firstConjunct(clause.body);
  const membership = field(test, 'in') ?? field(test, '==');
  if (field(field(membership, 'left'), 'Var') !== 'resource') return undefined;
  const right = field(membership, 'right');
  const elements = field(right, 'Set') ?? [right];
  if (!Array.isArray(elements)) return undefined;
  const uids = elements.map((element) => entityValue(element));
  return uids.some((uid) => uid === undefined) ? undefined : new Set(uids.filter((uid) => uid !== undefined));
}

function firstConjunct(expression: unknown): unknown {
  const conjunction = field(expression, '&&');
  return conjunction === undefined ? expression : firstConjunct(field(conjunction, 'left'));
}

function entityValue(expression: unknown): string | undefined {
  const entity = field(field(expression, 'Value'), '__entity');
  const [type, id] = [field(entity, 'type'), field(entity, 'id')];
  return typeof type === 'string' && typeof id === 'string' ? uidText({ type, id }) : undefined;
}

function field(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  return Object.entries(node).find(([key]) => key === name)?.[1];
}

/**
 * Whether a policy with this head could apply. Never false for one that does: the principal is left out, and `==` is
 * taken as `in`. Cedar does not evaluate a policy whose head does not match, so such a policy cannot error either.
 */
export function couldApply(
  scope: PolicyScope,
  action: Action,
  resourceType: string,
  ancestors: ReadonlySet<string>,
): boolean {
  if (scope.actions !== undefined && !scope.actions.has(action)) return false;
  if (scope.resourceType !== undefined && scope.resourceType !== resourceType) return false;
  return scope.resourceIn.every((set) => [...set].some((uid) => ancestors.has(uid)));
}

function actionsOf(action: ActionConstraint): ReadonlySet<string> | undefined {
  if (action.op === 'All') return undefined;
  const entities = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  return new Set(entities.map((entity) => typeAndId(entity).id));
}

/** Templates are refused at load, so there is always an entity; a slot would count as "any". */
function literalOf(constraint: { entity: EntityUidJson } | { slot: string }): ReadonlySet<string> | undefined {
  return 'entity' in constraint ? new Set([uidText(typeAndId(constraint.entity))]) : undefined;
}

function typeAndId(entity: EntityUidJson): { readonly type: string; readonly id: string } {
  return '__entity' in entity ? entity.__entity : entity;
}
