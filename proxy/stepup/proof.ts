/** Where a proof came from: the browser, phone or terminal that confirmed, not the database client. */
export type ProofSource = { readonly address: string; readonly via: 'page' | 'cli' };

/** Each `message` is for the person who typed the code: a sentence, safe to show. */
export type ProofResult =
  | { readonly kind: 'confirmed'; readonly grantId: string; readonly challengeId: string; readonly message: string }
  | { readonly kind: 'refused'; readonly reason: 'wrong' | 'replayed' | 'malformed'; readonly message: string }
  | { readonly kind: 'lockedOut'; readonly untilMs: number | undefined; readonly message: string }
  /** The challenge is over: confirmed before, withdrawn or expired. */
  | { readonly kind: 'ended'; readonly how: 'confirmed' | 'withdrawn' | 'expired'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }
  /** Something of ours does not work (audit or state store): nothing was confirmed. */
  | { readonly kind: 'unavailable'; readonly message: string };

export function refusedProof(reason: 'wrong' | 'replayed'): ProofResult {
  switch (reason) {
    case 'wrong':
      return { kind: 'refused', reason, message: 'This code is not right. Type the code that your app shows now.' };
    case 'replayed':
      return {
        kind: 'refused',
        reason,
        message: 'This code has been used already: each code works once. Wait for the next one in your app.',
      };
  }
}

export function malformedProof(digits: number): ProofResult {
  return { kind: 'refused', reason: 'malformed', message: `A code has ${digits} digits.` };
}

export function lockedOut(untilMs: number, nowMs: number): ProofResult {
  const minutes = Math.max(1, Math.ceil((untilMs - nowMs) / 60_000));
  const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return { kind: 'lockedOut', untilMs, message: `Too many wrong codes. Try again in ${wait}.` };
}

export function challengeLocked(): ProofResult {
  return {
    kind: 'lockedOut',
    untilMs: undefined,
    message: 'Too many wrong codes for this request. Cancel the statement and run it again.',
  };
}

export function unknownChallenge(): ProofResult {
  return {
    kind: 'unknown',
    message: 'There is no such request. Compare the code with the one that your database client shows.',
  };
}

export function endedChallenge(how: 'confirmed' | 'withdrawn' | 'expired'): ProofResult {
  return { kind: 'ended', how, message: endedMessage(how) };
}

function endedMessage(how: 'confirmed' | 'withdrawn' | 'expired'): string {
  switch (how) {
    case 'confirmed':
      return 'This request has been confirmed already.';
    case 'withdrawn':
      return 'This request was cancelled. Run the statement again to get a new one.';
    case 'expired':
      return 'This request was not confirmed in time. Run the statement again to get a new one.';
  }
}

export function noAuthenticator(): ProofResult {
  return {
    kind: 'unavailable',
    message: 'You have no authenticator app enrolled any more. Ask the administrator of stepward.',
  };
}

export function proofUnavailable(): ProofResult {
  return {
    kind: 'unavailable',
    message:
      'The confirmation could not be recorded, so nothing was confirmed. Tell the administrator, then try again with the next code.',
  };
}
