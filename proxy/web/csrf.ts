import { createHmac, timingSafeEqual } from 'node:crypto';

/** A token for the forms of one challenge: no cookie and no table, since it can be computed again. */
export type Csrf = { tokenFor(challengeId: string): string; isValid(challengeId: string, token: string): boolean };

/** @param secret random, of this process only */
export function createCsrf(secret: Buffer): Csrf {
  const mac = (id: string) => createHmac('sha256', secret).update(`form of challenge ${id}`).digest();
  return {
    tokenFor: (id) => mac(id).toString('base64url'),
    isValid: (id, token) => {
      const given = Buffer.from(token, 'base64url');
      const expected = mac(id);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
