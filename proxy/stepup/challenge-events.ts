import type { AuditSubject } from '../audit/entry.ts';
import type { Challenge } from './challenge.ts';
import type { StepUpEvent } from './step-up-audit.ts';
import type { ChallengeOutcome, ChallengeRequest } from './stepup.ts';

export type WithdrawnBy = Extract<ChallengeOutcome, { kind: 'withdrawn' }>['by'];

/** Who waits, as an audit row names them. */
export function subjectOf(request: ChallengeRequest): Partial<AuditSubject> {
  const { principal, sessionId, address, application, database } = request;
  return { sessionId, principal: principal.id, groups: principal.groups, address, application, database };
}

/** One for each statement that waits; `joined` for those that found the challenge open. */
export function createdEvent(challenge: Challenge, request: ChallengeRequest, joined: boolean): StepUpEvent {
  return {
    type: 'challenge.created',
    subject: subjectOf(request),
    data: {
      challengeId: challenge.id,
      decisionId: request.decisionId,
      joined,
      rung: request.rung.name,
      resources: challenge.covers.map(({ action, resource }) => `${action} ${resource}`),
      deadlineMs: challenge.deadlineMs,
    },
  };
}

export function expiredEvent({ id, request, waiting }: Challenge): StepUpEvent {
  return { type: 'challenge.expired', subject: subjectOf(request), data: { challengeId: id, waiting } };
}

/** @param stillWaiting how many statements go on waiting; 0 when the challenge is over */
export function withdrawnEvent(
  challengeId: string,
  request: ChallengeRequest,
  how: { readonly by: WithdrawnBy; readonly stillWaiting: number },
  more: StepUpEvent['data'] = {},
): StepUpEvent {
  return {
    type: 'challenge.withdrawn',
    subject: subjectOf(request),
    data: { challengeId, decisionId: request.decisionId, ...how, ...more },
  };
}
