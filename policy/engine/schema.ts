import { type SchemaJson, schemaToText, type Type } from '@cedar-policy/cedar-wasm/nodejs';
import { ACTIONS } from '../access/facts.ts';
import { APPLIES_TO, PARENT_TYPES } from './model.ts';

const STRING: Type<string> = { type: 'String' };
const LONG: Type<string> = { type: 'Long' };

/** `isSeenThrough`: everything that the function's body touches is asked about as well. */
const FUNCTION_SHAPE = record({ isSeenThrough: { type: 'Boolean' } });

/** The context's records and their attributes, in one table: validation, requests and cache keys must agree on it. */
export const CONTEXT_ATTRIBUTES = {
  assurance: ['methods', 'aal', 'age', 'approvedBy'],
  session: ['address', 'tls', 'application', 'database', 'role'],
  clock: ['now', 'hour', 'weekday'],
  statement: ['kind', 'usage', 'via', 'opaque'],
  copy: ['table', 'column', 'asIs'],
} as const;

/**
 * The Cedar schema of every policy set, generated from the model: policies are validated against it at load and requests
 * against it at each question, so that a misspelt attribute or an action on the wrong kind of thing never gets through.
 * @see Cedar's "Schema format: JSON"
 */
export function cedarSchema(): SchemaJson<string> {
  return {
    '': {
      commonTypes: { Context: contextType(), CopyContext: copyContextType() },
      entityTypes: Object.fromEntries(
        Object.entries(PARENT_TYPES).map(([name, parents]) => [
          name,
          { memberOfTypes: [...parents], ...(name === 'Function' ? { shape: FUNCTION_SHAPE } : {}) },
        ]),
      ),
      actions: Object.fromEntries(
        ACTIONS.map((action) => [
          action,
          {
            appliesTo: {
              principalTypes: ['User'],
              resourceTypes: [...APPLIES_TO[action]],
              context: { type: action === 'copy' ? 'CopyContext' : 'Context' },
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
  return record(contextAttributes());
}

/** Where the value is brought: `column` is left out where it is not known which one; `asIs`: nothing is computed from it. */
function copyContextType(): Type<string> {
  const copy = record({
    table: { type: 'Entity', name: 'Table' },
    column: { ...STRING, required: false },
    asIs: { type: 'Boolean' },
  });
  return record({ ...contextAttributes(), copy });
}

function contextAttributes(): Record<string, Type<string>> {
  return {
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
  };
}

function record(attributes: Record<string, Type<string> & { required?: boolean }>): Type<string> {
  return { type: 'Record', attributes };
}

function extension(name: string): Type<string> {
  return { type: 'Extension', name };
}
