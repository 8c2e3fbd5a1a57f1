import type { Access, Resource } from '../../policy/access/facts.ts';
import { compileTags, type Tags } from '../../policy/catalog/tags.ts';
import { protectedColumns } from './corpus.ts';
import type { Outcome } from './corpus-session.ts';

/** Functions that the corpora's administrator has vetted (policy.json, harmless_functions). */
const VETTED: ReadonlySet<string> = new Set([
  'public.order_total',
  'public.customers_in',
  'hr.headcount',
  'public.touch_settings',
]);

/** Reads of a statement as `schema.table.column`, or `schema.table` where no particular column is read. */
export function readsOf(outcomes: readonly Outcome[]): ReadonlySet<string> {
  const reads = new Set<string>();
  for (const access of accessesOf(outcomes)) {
    if (access.action === 'select') reads.add(nameOf(access.resource));
  }
  return reads;
}

export function accessesOf(outcomes: readonly Outcome[]): readonly Access[] {
  return outcomes.flatMap((outcome) =>
    outcome.kind === 'facts' ? outcome.statements.flatMap((statement) => statement.accesses) : [],
  );
}

export function nameOf(resource: Resource): string {
  switch (resource.kind) {
    case 'column':
      return `${resource.schema}.${resource.table}.${resource.column}`;
    case 'table':
      return `${resource.schema}.${resource.table}`;
    case 'function':
      return `${resource.schema}.${resource.name}`;
    case 'schema':
      return resource.schema;
    case 'setting':
    case 'channel':
      return resource.name;
    case 'database':
      return 'database';
  }
}

/** Why the policy of the corpora (policy.json) refuses the first of these outcomes that it does not let pass: a plain rule in place of Cedar. */
export type CorpusRule = (outcomes: readonly Outcome[]) => string | undefined;

export function corpusRule(): CorpusRule {
  const secret = protectedColumns();
  const tags = compileTags([]);
  return (outcomes) => {
    for (const outcome of outcomes) {
      const why = whyRefused(outcome, (access) => isDenied(access, secret, tags));
      if (why !== undefined) return why;
    }
    return undefined;
  };
}

function whyRefused(outcome: Outcome, isDeniedAccess: (access: Access) => boolean): string | undefined {
  switch (outcome.kind) {
    case 'notForwarded':
      return `not forwarded: ${outcome.text}`;
    case 'refused':
      return `${outcome.refusal.cause}: ${outcome.refusal.message}`;
    case 'facts': {
      const denied = accessesOf([outcome]).find(isDeniedAccess);
      if (denied === undefined) return undefined;
      return `policy: ${denied.action} ${nameOf(denied.resource)} (${denied.via ?? denied.usage})`;
    }
  }
}

/** What its body touches is judged by itself. */
function isSeenThrough(resource: Resource): boolean {
  return resource.kind === 'function' && resource.isSeenThrough === true;
}

function isDenied(access: Access, secret: ReadonlySet<string>, tags: Tags): boolean {
  const tagged = tags.tagsOf(access.resource);
  switch (access.action) {
    case 'select':
      return secret.has(nameOf(access.resource)) || tagged.includes('guarded');
    case 'insert':
    case 'update':
    case 'delete':
      // Writing a protected value asks whether it exists: unique and foreign keys answer.
      return secret.has(nameOf(access.resource)) || tagged.includes('catalog') || tagged.includes('guarded');
    case 'execute':
      return !VETTED.has(nameOf(access.resource)) && !isSeenThrough(access.resource);
    case 'set':
      return !tagged.includes('client');
    case 'ddl':
    case 'opaque':
    case 'serverFile':
    case 'truncate':
      return true;
    case 'connect':
    case 'copy':
    case 'lock':
    case 'maintain':
    case 'listen':
    case 'notify':
      return false;
  }
}
