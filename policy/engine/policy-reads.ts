import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { dateTimeMs, durationMs } from './extension-values.ts';
import { uidText } from './model.ts';
import { CONTEXT_ATTRIBUTES } from './schema.ts';

/**
 * How a policy reads a context attribute. `value`: any value may matter. `steps`: only on which side of these boundaries
 * it lies (a value v belongs to the step after the last boundary <= v). `seconds`: it moves, and no boundaries can be told.
 */
export type Reading =
  | { readonly kind: 'value' }
  | { readonly kind: 'steps'; readonly boundaries: readonly number[] }
  | { readonly kind: 'seconds' };

export type PolicyReads = {
  /** `assurance.age` -> how it is read. Attributes that are not here cannot change what the policy says. */
  readonly context: ReadonlyMap<string, Reading>;
  /** uidText() of every entity that the policy names. */
  readonly literals: ReadonlySet<string>;
  /** The thresholds that context.assurance.age is compared with, ms. */
  readonly ageThresholdsMs: readonly number[];
};

/** Attributes that change by themselves between two executions of one statement. */
const MOVING: ReadonlyMap<string, (expression: unknown) => number | undefined> = new Map([
  ['assurance.age', durationMs],
  ['clock.now', dateTimeMs],
]);

const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=']);

/** Walks the JSON form of a policy and collects what its answer can depend on, besides the principal and the resource. */
export function readsOf(policy: PolicyJson): PolicyReads {
  const walker = new Walker();
  walker.literalsIn([policy.principal, policy.resource]);
  for (const clause of policy.conditions) walker.expression(clause.body);
  return { context: walker.context, literals: walker.literals, ageThresholdsMs: walker.ageThresholdsMs };
}

/** Combines two readings of one attribute into one that serves both. */
export function mergeReadings(left: Reading | undefined, right: Reading): Reading {
  if (left === undefined) return right;
  if (left.kind === 'value' || right.kind === 'value') return { kind: 'value' };
  if (left.kind === 'seconds' || right.kind === 'seconds') return { kind: 'seconds' };
  const boundaries = new Set([...left.boundaries, ...right.boundaries]);
  return { kind: 'steps', boundaries: [...boundaries].sort((a, b) => a - b) };
}

class Walker {
  readonly context = new Map<string, Reading>();
  readonly literals = new Set<string>();
  readonly ageThresholdsMs: number[] = [];

  expression(node: unknown): void {
    if (Array.isArray(node)) {
      for (const item of node) this.expression(item);
    } else if (isRecord(node)) {
      if (this.contextRead(node)) return;
      this.literal(node);
      for (const [operator, body] of Object.entries(node)) {
        if (!this.comparison(operator, body)) this.expression(body);
      }
    }
  }

  /** Scopes hold literals only, in `entity` and `entities` fields. */
  literalsIn(node: unknown): void {
    if (!isRecord(node) && !Array.isArray(node)) return;
    if (isRecord(node)) this.literal(node);
    for (const child of Object.values(node)) this.literalsIn(child);
  }

  private literal(node: Readonly<Record<string, unknown>>): void {
    const { type, id } = node;
    if (typeof type === 'string' && typeof id === 'string') this.literals.add(uidText({ type, id }));
  }

  private contextRead(node: Readonly<Record<string, unknown>>): boolean {
    const path = contextPath(node);
    if (path !== undefined) {
      this.read(path, { kind: 'value' });
      return true;
    }
    const has = node['has'];
    const base = isRecord(has) ? contextPath(has['left']) : undefined;
    if (base === undefined || !isRecord(has)) return false;
    const attributes = Array.isArray(has['attr']) ? has['attr'].map(String) : [String(has['attr'])];
    this.read([...base, ...attributes], { kind: 'value' });
    return true;
  }

  /** A moving attribute against a constant matters only by the side it is on; false when this is anything else. */
  private comparison(operator: string, body: unknown): boolean {
    if (!COMPARISONS.has(operator) || !isRecord(body)) return false;
    const { left, right } = body;
    return this.thresholdOf(operator, left, right) || this.thresholdOf(mirrored(operator), right, left);
  }

  private thresholdOf(operator: string, attribute: unknown, constant: unknown): boolean {
    const path = contextPath(attribute);
    const name = path?.join('.');
    const threshold = name === undefined ? undefined : MOVING.get(name)?.(constant);
    if (path === undefined || threshold === undefined) return false;
    this.read(path, { kind: 'steps', boundaries: boundariesOf(operator, threshold) });
    if (name === 'assurance.age') this.ageThresholdsMs.push(threshold);
    return true;
  }

  private read(path: readonly string[], reading: Reading): void {
    for (const name of attributesUnder(path)) {
      const moving = MOVING.has(name) && reading.kind === 'value';
      this.context.set(name, mergeReadings(this.context.get(name), moving ? { kind: 'seconds' } : reading));
    }
  }
}

/** `context.assurance.age` -> ['assurance', 'age']; undefined for what is no path from context. */
function contextPath(node: unknown): readonly string[] | undefined {
  if (!isRecord(node)) return undefined;
  if (node['Var'] === 'context') return [];
  const access = node['.'];
  if (!isRecord(access) || typeof access['attr'] !== 'string') return undefined;
  const left = contextPath(access['left']);
  return left === undefined ? undefined : [...left, access['attr']];
}

/** A record used as a whole (`context.session == {...}`) reads all its attributes. */
function attributesUnder(path: readonly string[]): readonly string[] {
  const [record, attribute] = path;
  if (record !== undefined && attribute !== undefined) return [`${record}.${attribute}`];
  return Object.entries(CONTEXT_ATTRIBUTES).flatMap(([name, attributes]) =>
    record === undefined || record === name ? attributes.map((each) => `${name}.${each}`) : [],
  );
}

/** Values are whole milliseconds, so `v <= t` turns at t + 1 and equality is a step of its own. */
function boundariesOf(operator: string, threshold: number): readonly number[] {
  if (operator === '<' || operator === '>=') return [threshold];
  if (operator === '<=' || operator === '>') return [threshold + 1];
  return [threshold, threshold + 1];
}

function mirrored(operator: string): string {
  return operator.replace(/[<>]/, (sign) => (sign === '<' ? '>' : '<'));
}

function isRecord(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
