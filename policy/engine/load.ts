import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ValidationError, validate } from '@cedar-policy/cedar-wasm/nodejs';
import type { LoadedPolicy, PolicyBundle, PolicyFile } from './bundle.ts';
import { type DraftPolicy, IMPOSSIBLE, NO_ACTION, parsePolicy, problemsFrom } from './parse-policy.ts';
import { byPosition, type Problem } from './problem.ts';
import { cedarSchema } from './schema.ts';
import { splitPolicies } from './split.ts';

export type LoadResult =
  | { readonly kind: 'loaded'; readonly bundle: PolicyBundle; readonly warnings: readonly Problem[] }
  /** Errors and warnings together, by position. */
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] };

/**
 * Reads every `*.cedar` file of a folder, sorted by name; sub-folders (tests, for example) are left out.
 * @throws whatever node:fs throws when the folder or a file cannot be read
 */
export function readPolicyFolder(folder: string): readonly PolicyFile[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.cedar'))
    .map((entry) => entry.name)
    .sort();
  return names.map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }));
}

/**
 * Parses and validates policy files, and finds all that is wrong, not the first thing only.
 * INVARIANT 4: a set with one error is no set.
 */
export function loadPolicies(files: readonly PolicyFile[]): LoadResult {
  const parsed = files.flatMap((file) => splitPolicies(file.text).map((piece) => parsePolicy(file, piece)));
  const drafts = parsed.flatMap((each) => (each.kind === 'parsed' ? [each.policy] : []));
  const problems = [
    ...parsed.flatMap((each) => each.problems),
    ...duplicateIds(drafts),
    ...validationProblems(drafts),
    ...(files.length > 0 && parsed.length > 0 ? [] : [nothingToLoad(files)]),
  ].sort(byPosition);
  if (problems.some((problem) => problem.severity === 'error')) return { kind: 'failed', problems };
  const policies = drafts.map((draft) => draft.policy);
  return { kind: 'loaded', bundle: { policies, digest: digestOf(policies) }, warnings: problems };
}

function digestOf(policies: readonly LoadedPolicy[]): string {
  const texts = policies.map((policy) => [policy.id, policy.text]);
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

function nothingToLoad(files: readonly PolicyFile[]): Problem {
  return {
    severity: 'error',
    file: files[0]?.path ?? '(no files)',
    line: 1,
    column: 1,
    message: 'there is no policy, so every statement would be refused',
    help: 'put *.cedar files into the policy folder; those in policy/defaults are a first set',
  };
}

function duplicateIds(drafts: readonly DraftPolicy[]): readonly Problem[] {
  const firsts = new Map<string, DraftPolicy>();
  return drafts.flatMap((draft): readonly Problem[] => {
    const first = firsts.get(draft.policy.id);
    firsts.set(draft.policy.id, first ?? draft);
    if (first === undefined) return [];
    const message = `the id "${draft.policy.id}" is taken by the policy at ${first.policy.file}:${first.policy.line}`;
    return [{ ...draft.at, severity: 'error', message, policy: draft.policy.id }];
  });
}

function validationProblems(drafts: readonly DraftPolicy[]): readonly Problem[] {
  // Keyed by position, not by id: policies with one id must not hide each other.
  const staticPolicies = Object.fromEntries(drafts.map((draft, index) => [`policy${index}`, draft.policy.text]));
  const answer = validate({ schema: cedarSchema(), policies: { staticPolicies } });
  if (answer.type === 'failure') throw new Error(`Cedar cannot validate: ${answer.errors[0]?.message ?? 'no reason'}`);
  const findings = withoutEchoes(answer.validationErrors, answer.validationWarnings);
  const problems = findings.flatMap(({ policyId, error }) => {
    const draft = drafts[Number(policyId.slice('policy'.length))];
    return draft === undefined ? [] : problemsFrom(error, draft.file, draft.piece, draft.policy.id);
  });
  // Cedar checks a policy once for each action that it is about, and finds the same mistake each time.
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** A misspelt action is also "impossible" and "without an applicable action"; one finding says it. */
function withoutEchoes(
  errors: readonly ValidationError[],
  warnings: readonly ValidationError[],
): readonly ValidationError[] {
  const explained = new Set(errors.map((each) => each.policyId));
  const impossible = new Set(warnings.filter((each) => isImpossible(each)).map((each) => each.policyId));
  const kept = warnings.filter(({ policyId, error }) => {
    if (error.message.includes(NO_ACTION)) return !explained.has(policyId) && !impossible.has(policyId);
    return !(error.message.includes(IMPOSSIBLE) && explained.has(policyId));
  });
  return [...errors, ...kept];
}

function isImpossible(finding: ValidationError): boolean {
  return finding.error.message.includes(IMPOSSIBLE);
}
