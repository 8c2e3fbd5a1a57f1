import { stringify } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../config.ts';

/** One key of the configuration, as the schema says it. */
export type KeyDescription = {
  /** `limits.maxFrameBytes` */
  readonly path: string;
  /** `a number`, `one of hold, challenge`, `a section` ... */
  readonly type: string;
  readonly description: string;
  readonly isRequired: boolean;
  /** As YAML; undefined where there is none. */
  readonly defaultText: string | undefined;
  readonly example: unknown;
  readonly keys: readonly KeyDescription[];
};

// The JSON schema that zod makes of ours, as far as it is used here.
const nodeSchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  defaultText: z.string().optional(),
  examples: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});

/** The documentation of every key, from the schema itself, in its order. */
export function describeConfig(): readonly KeyDescription[] {
  return keysOf(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }), '');
}

function keysOf(schema: unknown, parent: string): readonly KeyDescription[] {
  const { properties = {}, required = [] } = nodeSchema.parse(schema);
  return Object.entries(properties).map(([key, value]) =>
    describeKey(value, `${parent}${key}`, required.includes(key)),
  );
}

function describeKey(schema: unknown, path: string, isRequired: boolean): KeyDescription {
  const node = nodeSchema.parse(schema);
  const hasDefault = node.default !== undefined && node.properties === undefined;
  return {
    path,
    type: typeName(node),
    description: node.description ?? '',
    isRequired,
    defaultText: node.defaultText ?? (hasDefault ? flow(node.default) : undefined),
    example: node.examples?.[0] ?? (hasDefault ? node.default : undefined),
    keys: keysOf(schema, `${path}.`),
  };
}

function typeName(node: z.output<typeof nodeSchema>): string {
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  const names: Readonly<Record<string, string>> = {
    object: 'a section',
    array: 'a list',
    string: 'a text',
    integer: 'a whole number',
    boolean: 'true or false',
  };
  return names[node.type ?? ''] ?? 'a size';
}

/** One line of YAML. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
}

/**
 * A config file with every key, its default and its explanation. Keys that have a default, or are optional, are commented
 * out: what is left is what must be filled in.
 * @param values what to write instead of the examples, by path: `{ 'upstream.host': 'db' }`; a key with a value is active
 */
export function exampleConfig(values: Readonly<Record<string, unknown>> = {}): string {
  const head =
    '# Configuration of stepward. Paths are relative to this file.\n# Lines with a # in front of a key show its default.\n';
  return (
    head +
    describeConfig()
      .map((key) => `\n${exampleKey(key, values, '').join('\n')}\n`)
      .join('')
  );
}

function exampleKey(key: KeyDescription, values: Readonly<Record<string, unknown>>, indent: string): readonly string[] {
  const name = key.path.split('.').at(-1) ?? key.path;
  const comment = commentOf(key).map((line) => `${indent}# ${line}`);
  if (key.keys.length > 0) {
    const isActive = key.isRequired || Object.keys(values).some((path) => path.startsWith(`${key.path}.`));
    const inner = key.keys.flatMap((each) => exampleKey(each, values, `${indent}  `));
    const isAllComment = inner.every((line) => line.trimStart().startsWith('#'));
    // A section that is there and empty would be null.
    const head = isAllComment || !isActive ? `${indent}#${name}:` : `${indent}${name}:`;
    return [...comment, head, ...inner.map((line) => (isAllComment || !isActive ? commentedOut(line) : line))];
  }
  const value = values[key.path];
  const isActive = value !== undefined || key.isRequired || key.path === 'upstream.password';
  const shown = flow(value ?? key.example ?? '');
  return [...comment, `${indent}${isActive ? '' : '#'}${name}: ${shown}`];
}

function commentedOut(line: string): string {
  return line.trimStart().startsWith('#') ? line : line.replace(/\S/, '#$&');
}

function commentOf(key: KeyDescription): readonly string[] {
  const choice = key.type.startsWith('one of') ? ` (${key.type})` : '';
  const fallback = key.defaultText !== undefined && key.example !== undefined && flow(key.example) !== key.defaultText;
  const text =
    key.description + choice + (fallback ? `; default: ${key.defaultText === '""' ? 'none' : key.defaultText}` : '');
  return text === '' ? [] : [text];
}
