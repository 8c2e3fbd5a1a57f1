import { BoundedMap } from './bounded-map.ts';
import type { Answer, Ask } from './cedar-ask.ts';
import { joined } from './context-key.ts';
import type { Assurance, DecisionContext, Principal } from './decision.ts';
import type { PlannedAccess } from './plan.ts';

export type Judge = (planned: PlannedAccess, moment: Moment, assurance: Assurance) => Answer;

export type Moment = {
  readonly principal: Principal;
  readonly principalKey: string;
  readonly context: DecisionContext;
};

const MAX_ANSWERS = 10_000;

/** Asks Cedar each question once: questions that no policy can tell apart share an answer, across statements. */
export function createJudge(ask: Ask): Judge {
  const answers = new BoundedMap<string, Answer>(MAX_ANSWERS);
  const lately = new WeakMap<Moment, Map<string, Lately>>();
  const look = (planned: PlannedAccess, moment: Moment, assurance: Assurance): Answer => {
    const key = questionKey(planned, moment, assurance);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const { access, statement, tags } = planned;
    const answer = ask({ principal: moment.principal, access, statement, context: moment.context, assurance, tags });
    // An error is not an answer: it may pass, and remembering it would outlive its cause.
    if (answer.errors.length === 0) answers.set(key, answer);
    return answer;
  };
  return (planned, moment, assurance) => {
    const asked = lately.get(moment) ?? new Map<string, Lately>();
    if (asked.size === 0) lately.set(moment, asked);
    const last = asked.get(planned.key);
    if (last?.assurance === assurance) return last.answer;
    const answer = look(planned, moment, assurance);
    if (answer.errors.length === 0) asked.set(planned.key, { assurance, answer });
    return answer;
  };
}

/** Column after column of one statement is mostly one and the same question: then not even its key is made again. */
type Lately = { readonly assurance: Assurance; readonly answer: Answer };

function questionKey({ key, profile }: PlannedAccess, moment: Moment, assurance: Assurance): string {
  const { context, principalKey } = moment;
  const assured = profile.assuranceKey?.(assurance, context.clock.nowMs) ?? '';
  return joined([key, principalKey, profile.contextKey(context), assured]);
}

/** Identity of a principal: the id and the set of groups, in any order. */
export function createPrincipalKey(): (principal: Principal) => string {
  const keys = new WeakMap<Principal, string>();
  return (principal) => {
    const known = keys.get(principal);
    if (known !== undefined) return known;
    const key = JSON.stringify([principal.id, ...[...new Set(principal.groups)].sort()]);
    keys.set(principal, key);
    return key;
  };
}
