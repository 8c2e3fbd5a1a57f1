import type { Principal } from '../../policy/engine/decision.ts';
import type { ScramVerifier } from './scram-verifier.ts';

/** Who may log in, by the name that the client gives as `user`. */
export type PeopleDirectory = {
  find(name: string): { readonly principal: Principal; readonly scram: ScramVerifier } | undefined;
  /** Known to this server only and the same for all its life: makes the salts shown for names that nobody has. */
  readonly mockSecret: Buffer;
  /** Iterations shown for such names; those of the real verifiers, or it can be told who exists. 4096 where not given. */
  readonly mockIterations?: number;
};
