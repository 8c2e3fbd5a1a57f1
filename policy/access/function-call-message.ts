import type { CatalogIndex } from '../catalog/catalog-index.ts';
import type { CatalogFunction } from '../catalog/catalog.ts';
import type { Namespace } from './analyzer.ts';
import type { AccessFacts } from './facts.ts';
import { RefusedAnalysis, unknownName } from './refusal.ts';

/** What a FunctionCall message calls. @see PostgreSQL manual, "Function Call" of "Message Flow" */
export type CallMessage = { readonly functionOid: number; readonly argumentCount: number };

/** The namespace for a FunctionCall message, whose text is only a stand-in. */
export function withCall(namespace: Namespace, call: CallMessage): Namespace {
  return { ...namespace, call, key: `${namespace.key} F${call.functionOid}/${call.argumentCount}` };
}

/**
 * The SELECT that does the same: the function by its full name, each argument a parameter of the function's own type.
 * Errors are PostgreSQL's own. @see HandleFunctionRequest in PostgreSQL's fastpath.c
 * @throws RefusedAnalysis for a function that is not there, or that the message cannot call
 */
export function selectOfCall(call: CallMessage, namespace: Namespace, index: CatalogIndex): SelectOfCall {
  const fn = index.functionByOid(call.functionOid);
  if (fn === undefined) throw unknownName('42883', `function with OID ${call.functionOid} does not exist`);
  if (fn.kind !== 'function' || fn.returnsSet) throw notByMessage(fn);
  if (fn.argTypeOids.length !== call.argumentCount) throw wrongCount(fn, call);
  const { call: _, ...rest } = namespace;
  return { text: `SELECT ${quoted(fn.schema)}.${quoted(fn.name)}(${argumentsOf(fn)})`, namespace: rest, fn };
}

export type SelectOfCall = { readonly text: string; readonly namespace: Namespace; readonly fn: CatalogFunction };

/** Places in the SELECT mean nothing in the stand-in: everything is at all of it. */
export function placedAt(facts: AccessFacts, text: string): AccessFacts {
  const span = { start: 0, end: text.length };
  const statements = facts.statements.map((statement) => ({
    ...statement,
    span,
    accesses: statement.accesses.map((access) => ({ ...access, spans: [span] })),
    opaque: statement.opaque.map((opaque) => ({ ...opaque, spans: [span] })),
  }));
  return { statements };
}

function argumentsOf({ argTypeOids, isVariadic }: CatalogFunction): string {
  const numbers = argTypeOids.map((_, at) => `$${at + 1}`);
  if (isVariadic && numbers.length > 0) numbers.push(`VARIADIC ${numbers.pop() ?? ''}`);
  return numbers.join(', ');
}

/** Always quoted: a reserved word is a name too. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function notByMessage({ name }: CatalogFunction): RefusedAnalysis {
  const message = `cannot call function "${name}" via fastpath interface`;
  return new RefusedAnalysis({ cause: 'unsupported', sqlstate: '0A000', message });
}

function wrongCount({ argTypeOids }: CatalogFunction, { argumentCount }: CallMessage): RefusedAnalysis {
  const message = `function call message contains ${argumentCount} arguments but function requires ${argTypeOids.length}`;
  return new RefusedAnalysis({ cause: 'unsupported', sqlstate: '08P01', message });
}
