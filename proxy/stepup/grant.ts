import { z } from 'zod';
import type { CoveredAccess } from './coverage.ts';

/** What one proof allows: this person, from this address, exactly these accesses, until then. */
export type Grant = {
  readonly id: string;
  readonly person: string;
  /** Of the database client that asked, not of the browser or phone that confirmed. */
  readonly address: string;
  readonly challengeId: string;
  readonly covers: readonly CoveredAccess[];
  /** RFC 8176 names. */
  readonly methods: readonly string[];
  readonly aal: 1 | 2 | 3;
  /** ms since the epoch, all three. */
  readonly provedAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs?: number;
};

const coveredAccess = z.object({ action: z.string(), usage: z.string(), resource: z.string() });

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});

/** A row of state.db, checked: a damaged row must not become a right. */
export const grantRow = z
  .object({
    id: z.string(),
    person: z.string(),
    address: z.string(),
    challenge_id: z.string(),
    covers: json.pipe(z.array(coveredAccess)),
    methods: json.pipe(z.array(z.string())),
    aal: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    proved_at_ms: z.number(),
    expires_at_ms: z.number(),
    revoked_at_ms: z.number().nullable(),
  })
  .transform(
    (row): Grant => ({
      id: row.id,
      person: row.person,
      address: row.address,
      challengeId: row.challenge_id,
      covers: row.covers,
      methods: row.methods,
      aal: row.aal,
      provedAtMs: row.proved_at_ms,
      expiresAtMs: row.expires_at_ms,
      ...(row.revoked_at_ms !== null && { revokedAtMs: row.revoked_at_ms }),
    }),
  );
