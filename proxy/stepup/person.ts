import type { Principal } from '../../policy/engine/decision.ts';
import type { ScramVerifier } from '../auth/scram-verifier.ts';
import type { TotpSettings } from './authenticators/totp.ts';

/** Someone who may log in to stepward, with what the login and the step-up check. */
export type Person = {
  readonly principal: Principal;
  readonly scram: ScramVerifier;
  readonly totp?: TotpSettings;
};

export type PersonFinder = { find(name: string): Person | undefined };
