import { type SchemaJson, schemaToText, type Type } from '@cedar-policy/cedar-wasm/nodejs';
import { ACTIONS } from '../access/facts.ts';
import { APPLIES_TO, PARENT_TYPES } from './model.ts';

const STRING: Type<string> = { type: 'String' };
const LONG: Type<string> = { type: 'Long' };

/** The context's records and their attributes, in one table: validation, requests and cache keys must agree on it. */
export const CONTEXT_ATTRIBUTES = {
  assurance: ['methods', 'aal', 'age', 'approvedBy'],
  session: ['address', 'tls', 'application', 'database', 'role'],
  clock: ['now', 'hour', 'weekday'],
  statement: ['kind', 'usage', 'via', 'opaque'],
} as const;

/**
 * The Cedar schema of every policy set, generated from the model: policies are validated against it at load and requests
 * against it at each question, so that a misspelt attribute or an action on the wrong kind of thing never gets through.
 * @see Cedar's "Schema format: JSON"
 */
export function cedarSchema(): SchemaJson<string> {
  return {
    '': {
      commonTypes: { Context: contextType() },
      entityTypes: Object.fromEntries(
        Object.entries(PARENT_TYPES).map(([name, parents]) => [name, { memberOfTypes: [...parents] }]),
      ),
      actions: Object.fromEntries(
        ACTIONS.map((action) => [
          action,
          {
            appliesTo: {
              principalTypes: ['User'],
              resourceTypes: [...APPLIES_TO[action]],
              context: { type: 'Context' },
            },
          },
        ]),
      ),
    },
  };
}

/** The same schema as text, for people and for editors that check policies while they are written. */
export function cedarSchemaText(): string {
  const answer = schemaToText(cedarSchema());
  if (answer.type === 'failure') throw new Error(`the schema cannot be printed: ${answer.errors[0]?.message ?? ''}`);
  return answer.text;
}

function contextType(): Type<string> {
  return record({
    assurance: record({
      methods: { type: 'Set', element: STRING },
      aal: LONG,
      age: extension('duration'),
      approvedBy: { ...STRING, required: false },
    }),
    session: record({
      address: extension('ipaddr'),
      tls: { type: 'Boolean' },
      application: STRING,
      database: STRING,
      role: STRING,
    }),
    clock: record({ now: extension('datetime'), hour: LONG, weekday: LONG }),
    statement: record({
      kind: STRING,
      usage: STRING,
      via: { ...STRING, required: false },
      opaque: { type: 'Boolean' },
    }),
  });
}

function record(attributes: Record<string, Type<string> & { required?: boolean }>): Type<string> {
  return { type: 'Record', attributes };
}

function extension(name: string): Type<string> {
  return { type: 'Extension', name };
}
