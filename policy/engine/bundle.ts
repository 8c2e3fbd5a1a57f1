import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyRef } from './decision.ts';
import type { PolicyReads } from './policy-reads.ts';
import type { PolicyScope } from './policy-scope.ts';

export type PolicyFile = { readonly path: string; readonly text: string };

/** One policy, as loaded: its text and place for people, its JSON form for what it can depend on. */
export type LoadedPolicy = {
  readonly id: string;
  readonly reason?: string;
  readonly file: string;
  /** Line of the policy's first token, 1-based. */
  readonly line: number;
  readonly text: string;
  /** Offset of `text` in `fileText`, UTF-16 code units. */
  readonly start: number;
  readonly fileText: string;
  readonly json: PolicyJson;
  readonly reads: PolicyReads;
  readonly scope: PolicyScope;
};

/** A policy set that passed every check, in the order of files and lines. */
export type PolicyBundle = {
  readonly policies: readonly LoadedPolicy[];
  /** SHA-256 of ids and texts, hex. */
  readonly digest: string;
};

export function policyRef(policy: LoadedPolicy): PolicyRef {
  return {
    id: policy.id,
    ...(policy.reason === undefined ? {} : { reason: policy.reason }),
    file: policy.file,
    line: policy.line,
  };
}
