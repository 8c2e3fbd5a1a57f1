import { z } from 'zod';
import type { ChallengeView } from '../stepup/challenge.ts';
import type { Grant } from '../stepup/grant.ts';

/** What passes between the server and its CLI on the control socket: one schema for both ends. Times are ms since the epoch. */

export const sessionInfo = z.object({
  id: z.string(),
  principal: z.string(),
  address: z.string(),
  application: z.string(),
  sinceMs: z.number(),
  /** idle, active, holding, idle in transaction, ... */
  state: z.string(),
  statement: z.string().optional(),
});
export type SessionInfo = Readonly<z.output<typeof sessionInfo>>;

export const grantInfoSchema = z.object({
  id: z.string(),
  person: z.string(),
  address: z.string(),
  resources: z.array(z.string()),
  methods: z.array(z.string()),
  aal: z.number(),
  provedAtMs: z.number(),
  expiresAtMs: z.number(),
  revokedAtMs: z.number().optional(),
});
export type GrantInfo = Readonly<z.output<typeof grantInfoSchema>>;

export const challengeInfoSchema = z.object({
  code: z.string(),
  person: z.string(),
  address: z.string(),
  application: z.string(),
  resources: z.array(z.string()),
  createdAtMs: z.number(),
  deadlineMs: z.number(),
  waiting: z.number(),
});
export type ChallengeInfo = Readonly<z.output<typeof challengeInfoSchema>>;

export const carriedTagInfo = z.object({
  target: z.string(),
  tag: z.string(),
  sources: z.array(z.string()),
  person: z.string(),
  sinceMs: z.number(),
});
export type CarriedTagInfo = Readonly<z.output<typeof carriedTagInfo>>;

export const reloadAnswer = z.object({ ok: z.boolean(), errors: z.array(z.string()) });
export type ReloadAnswer = { readonly ok: boolean; readonly errors: readonly string[] };

export const statusInfo = z.object({
  pid: z.number(),
  version: z.string(),
  startedAtMs: z.number(),
  sessions: z.number(),
  held: z.number(),
  grants: z.number(),
  policyVersion: z.string(),
  catalogVersion: z.number(),
});
export type StatusInfo = Readonly<z.output<typeof statusInfo>>;

export function grantInfo(grant: Grant): GrantInfo {
  const { id, person, address, aal, provedAtMs, expiresAtMs, revokedAtMs } = grant;
  const ended = revokedAtMs === undefined ? {} : { revokedAtMs };
  const resources = namesOf(grant.covers);
  return { id, person, address, resources, methods: [...grant.methods], aal, provedAtMs, expiresAtMs, ...ended };
}

/** Without the id: it is the link to the page, and that belongs to the person. */
export function challengeInfo(challenge: ChallengeView): ChallengeInfo {
  const { code, request, covers, createdAtMs, deadlineMs, waiting } = challenge;
  const { principal, address, application } = request;
  const resources = namesOf(covers);
  return { code, person: principal.id, address, application, resources, createdAtMs, deadlineMs, waiting };
}

function namesOf(covers: Grant['covers']): string[] {
  return covers.map(
    ({ action, usage, resource }) => `${action} ${resource}${usage === 'condition' ? ' (condition)' : ''}`,
  );
}
