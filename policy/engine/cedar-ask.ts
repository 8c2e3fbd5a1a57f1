import { preparsePolicySet, preparseSchema, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { Access } from '../access/facts.ts';
import type { PolicyBundle } from './bundle.ts';
import { cedarContext, type StatementTraits, tableOf } from './context.ts';
import type { Assurance, DecisionContext, Principal } from './decision.ts';
import { mergeEntities, principalEntity, type ResourceTags, resourceEntities } from './entities.ts';

/** One question: may this person do this to this resource in this context? */
export type Question = {
  readonly principal: Principal;
  readonly access: Access;
  readonly statement: StatementTraits;
  readonly context: DecisionContext;
  readonly assurance: Assurance;
  /** With which tags it is asked; left out: the resources' own. */
  readonly tags?: ResourceTags;
};

export type EvaluationError = { readonly policy: string; readonly message: string };

export type Answer = {
  readonly isAllowed: boolean;
  /** @ids of the permits (allowed) or forbids (denied) that decided; empty when nothing permits. */
  readonly policies: readonly string[];
  /** INVARIANT 4: not empty means refused, whatever `isAllowed` says. */
  readonly errors: readonly EvaluationError[];
};

export type Ask = (question: Question) => Answer;

/**
 * Hands a policy set to Cedar and returns the function that asks it.
 * @throws Error when Cedar does not take the set; a bundle has been validated, so that is a defect
 */
export function createAsk(
  bundle: PolicyBundle,
  schema: Parameters<typeof preparseSchema>[1],
  deps: { readonly tags: ResourceTags; readonly database: string },
): Ask {
  // Cedar keeps prepared sets by name in one table: the name is the content, so that equal engines share one.
  const preparsedPolicySetId = `policies-${bundle.digest}`;
  const preparsedSchemaName = 'stepward';
  const staticPolicies = Object.fromEntries(bundle.policies.map((policy) => [policy.id, policy.text]));
  for (const answer of [
    preparseSchema(preparsedSchemaName, schema),
    preparsePolicySet(preparsedPolicySetId, { staticPolicies }),
  ]) {
    if (answer.type === 'failure') throw new Error(`Cedar refused a validated set: ${answer.errors[0]?.message ?? ''}`);
  }
  const ask: Ask = (question) => {
    const { access, tags = deps.tags } = question;
    const asked = resourceEntities(access.resource, deps.database, tags);
    const entities =
      access.target === undefined
        ? asked.entities
        : mergeEntities([asked, resourceEntities(tableOf(access.target), deps.database, deps.tags)]);
    const call = (): Answer =>
      answerOf(
        statefulIsAuthorized({
          principal: { type: 'User', id: question.principal.id },
          action: { type: 'Action', id: question.access.action },
          resource: asked.uid,
          context: cedarContext(question.context, question.statement, question.access, question.assurance),
          preparsedSchemaName,
          validateRequest: true,
          preparsedPolicySetId,
          entities: [principalEntity(question.principal), ...entities],
        }),
      );
    return orFailure(call);
  };
  ask(WARM_UP);
  return ask;
}

/** Cedar's code is compiled for the first question, for a quarter of a second that nobody's statement should wait. */
const WARM_UP: Question = {
  principal: { id: '', groups: [] },
  access: { action: 'connect', resource: { kind: 'database' }, usage: 'none', spans: [] },
  statement: { kind: '', opaque: false },
  context: {
    session: { address: '127.0.0.1', tls: false, application: '', database: '', role: '' },
    clock: { nowMs: 0, hour: 0, weekday: 1 },
  },
  assurance: { methods: [], aal: 1, provedAtMs: 0 },
};

/** INVARIANT 3: a question that cannot even be put (a time that is none, a trap in Cedar's WebAssembly) is a refusal. */
function orFailure(call: () => Answer): Answer {
  try {
    return call();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { isAllowed: false, policies: [], errors: [{ policy: '(request)', message }] };
  }
}

function answerOf(answer: ReturnType<typeof statefulIsAuthorized>): Answer {
  if (answer.type === 'failure') {
    const errors = answer.errors.map((error) => ({ policy: '(request)', message: error.message }));
    return { isAllowed: false, policies: [], errors };
  }
  const { decision, diagnostics } = answer.response;
  return {
    isAllowed: decision === 'allow' && diagnostics.errors.length === 0,
    policies: diagnostics.reason,
    errors: diagnostics.errors.map((each) => ({ policy: each.policyId, message: each.error.message })),
  };
}
