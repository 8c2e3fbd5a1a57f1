import { type DetailedError, type PolicyJson, policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { LoadedPolicy, PolicyFile } from './bundle.ts';
import { readsOf } from './policy-reads.ts';
import { scopeOf } from './policy-scope.ts';
import type { Problem } from './problem.ts';
import { firstTokenOffset, type PolicyText } from './split.ts';
import { positionAt, utf16Offset } from './text-position.ts';

/** Cedar's words for a policy that can never apply. */
export const IMPOSSIBLE = 'policy is impossible';
export const NO_ACTION = 'unable to find an applicable action';

export type DraftPolicy = {
  readonly policy: LoadedPolicy;
  readonly file: PolicyFile;
  readonly piece: PolicyText;
  /** Where the policy begins. */
  readonly at: { readonly file: string; readonly line: number; readonly column: number };
};

export type ParsedPolicy =
  | { readonly kind: 'parsed'; readonly policy: DraftPolicy; readonly problems: readonly Problem[] }
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] };

/** Parses one policy; a policy without an id is parsed all the same, so that its other mistakes are found too. */
export function parsePolicy(file: PolicyFile, piece: PolicyText): ParsedPolicy {
  const answer = policyToJson(piece.text);
  if (answer.type === 'failure') {
    return { kind: 'failed', problems: answer.errors.flatMap((error) => problemsFrom(error, file, piece)) };
  }
  const at = { file: file.path, ...positionAt(file.text, piece.start + firstTokenOffset(piece.text)) };
  const policy = loadedPolicy(file, piece, answer.json, at.line);
  return { kind: 'parsed', policy: { policy, file, piece, at }, problems: annotationProblems(answer.json, at) };
}

function loadedPolicy(file: PolicyFile, piece: PolicyText, json: PolicyJson, line: number): LoadedPolicy {
  const { id = '', reason } = json.annotations ?? {};
  return {
    id: id === '' ? `${file.path}:${line}` : id,
    ...(reason === undefined || reason === '' ? {} : { reason }),
    file: file.path,
    line,
    text: piece.text,
    start: piece.start,
    fileText: file.text,
    json,
    reads: readsOf(json),
    scope: scopeOf(json),
  };
}

function annotationProblems(json: PolicyJson, at: DraftPolicy['at']): readonly Problem[] {
  const { id = '', reason = '' } = json.annotations ?? {};
  const problems: Problem[] = [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
    const help = 'write for example @id("analysts-read") before it: letters, digits, dot, dash and underscore';
    const message = id === '' ? 'the policy has no @id' : `"${id}" cannot be an @id`;
    problems.push({ ...at, severity: 'error', message, help });
  }
  // The reason goes to clients in one line of an ErrorResponse.
  if (/\p{Cc}/u.test(reason)) {
    problems.push({ ...at, severity: 'error', message: '@reason must be one line without control characters' });
  }
  return problems;
}

/** Cedar's report on one policy, in terms of the file. Locations in it are bytes of the policy's own text. */
export function problemsFrom(
  error: DetailedError,
  file: PolicyFile,
  piece: PolicyText,
  policy?: string,
): readonly Problem[] {
  const byte = error.sourceLocations?.[0]?.start ?? 0;
  // A finding about the whole policy starts at 0, where the comment before it may be.
  const offset = byte === 0 ? firstTokenOffset(piece.text) : utf16Offset(piece.text, byte);
  const own: Problem = {
    severity: isWarning(error) ? 'warning' : 'error',
    file: file.path,
    ...positionAt(file.text, piece.start + offset),
    message: plainMessage(error.message),
    ...(error.help === null || error.help === undefined ? {} : { help: error.help }),
    ...(policy === undefined ? {} : { policy }),
  };
  return [own, ...(error.related ?? []).flatMap((each) => problemsFrom(each, file, piece, policy))];
}

/**
 * Cedar only warns of a policy that can never apply. Here it is an error: a forbid that its author believes in and that
 * never applies is a hole, whatever its spelling.
 */
function isWarning(error: DetailedError): boolean {
  return error.severity === 'warning' && !error.message.includes(IMPOSSIBLE) && !error.message.includes(NO_ACTION);
}

function plainMessage(message: string): string {
  return message
    .replace(/^failed to parse policy from string: /, '')
    .replace(/^for policy `[^`]*`, /, '')
    .replace(/ in context for Action::"\w+"/, ' in context')
    .replaceAll(/\s*\n\s*/g, ' ');
}
