import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { Config, ParsedConfig } from '../config.ts';
import { configSchema } from '../config.ts';
import { isLoopback } from './scalars.ts';
import { substituteSecrets } from './secrets.ts';
import { nearest } from './suggest.ts';
import type { ConfigError, KeyPath, YamlSource } from './yaml-source.ts';
import { formatPath, readYaml } from './yaml-source.ts';

export type LoadDeps = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
};

export type LoadResult =
  | { readonly kind: 'loaded'; readonly config: Config }
  | { readonly kind: 'invalid'; readonly errors: readonly ConfigError[] };

/**
 * Reads and checks a config file. Never throws: every mistake is one error with the path of its key and its line, in the
 * order of the file.
 */
export function loadConfig(
  file: string,
  deps: LoadDeps = { env: process.env, readFile: (path) => readFileSync(path, 'utf8') },
): LoadResult {
  const absolute = resolve(file);
  try {
    return parseConfig(deps.readFile(absolute), { ...deps, directory: dirname(absolute) });
  } catch (error) {
    return { kind: 'invalid', errors: [{ path: '', message: unreadable(absolute, error) }] };
  }
}

/** The same for a text; `directory` is what relative paths are relative to. */
export function parseConfig(text: string, deps: LoadDeps & { readonly directory: string }): LoadResult {
  const source = readYaml(text);
  if (source.errors.length > 0) return { kind: 'invalid', errors: source.errors };
  const absolute = (path: string) => resolve(deps.directory, path);
  const { value, errors: secretErrors } = substituteSecrets(source.value, { ...deps, resolve: absolute });
  const parsed = configSchema.safeParse(value, { reportInput: true });
  const errors = [
    ...secretErrors.map(({ path, message }) => ({ path: formatPath(path), message, line: source.lineOf(path) })),
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => errorsOf(issue, source))),
  ];
  if (!parsed.success || errors.length > 0) {
    return { kind: 'invalid', errors: errors.toSorted((a, b) => a.line - b.line) };
  }
  return { kind: 'loaded', config: complete(parsed.data, absolute) };
}

function complete(parsed: ParsedConfig, absolute: (path: string) => string): Config {
  const { tls, upstream } = parsed;
  return {
    ...parsed,
    ...(tls && { tls: { ...tls, cert: absolute(tls.cert), key: absolute(tls.key) } }),
    upstream: {
      ...upstream,
      tls: {
        mode: upstream.tls.mode ?? (isLoopback(upstream.host) ? 'disable' : 'verify-full'),
        ...(upstream.tls.ca !== undefined && { ca: absolute(upstream.tls.ca) }),
      },
    },
    people: absolute(parsed.people),
    policies: absolute(parsed.policies),
    dataDir: absolute(parsed.dataDir),
  };
}

type PlacedError = ConfigError & { readonly line: number };

function errorsOf(issue: z.core.$ZodIssue, source: YamlSource): readonly PlacedError[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, source));
  const line =
    issue.code === 'invalid_key' ? source.lineOfKey(path.slice(0, -1), String(path.at(-1))) : source.lineOf(path);
  return [{ path: formatPath(path), message: messageOf(issue), line }];
}

function unknownKey(parent: KeyPath, key: string, source: YamlSource): PlacedError {
  const suggestion = nearest(key, keysAt(parent));
  return {
    path: formatPath([...parent, key]),
    message: `unknown key${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`,
    line: source.lineOfKey(parent, key),
  };
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code !== 'custom' && issue.input === undefined) return 'required, but missing';
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input: ')) {
    return `expected ${typeNames[issue.expected] ?? issue.expected}, not ${typeOf(issue.input)}`;
  }
  if (issue.code === 'too_small' && issue.origin === 'array') return 'expected at least one';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must not be empty';
  return issue.message.replace(/^Invalid (input|option): /, '').replaceAll('"|"', '", "');
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a section of keys',
  record: 'a section of keys',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
};

function typeOf(value: unknown): string {
  if (value === null) return 'nothing';
  const type = Array.isArray(value) ? 'array' : typeof value;
  return type === 'boolean' ? 'a boolean' : (typeNames[type] ?? type);
}

/** The keys that the schema has in a section. */
function keysAt(path: KeyPath): readonly string[] {
  let schema: unknown = configSchema;
  for (const part of path) schema = typeof part === 'number' ? elementOf(schema) : shapeOf(schema)[part];
  return Object.keys(shapeOf(schema));
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> {
  const inner = unwrap(schema);
  if (typeof inner !== 'object' || inner === null || !('shape' in inner)) return {};
  return typeof inner.shape === 'object' && inner.shape !== null ? { ...inner.shape } : {};
}

function elementOf(schema: unknown): unknown {
  const inner = unwrap(schema);
  return typeof inner === 'object' && inner !== null && 'element' in inner ? inner.element : undefined;
}

/** Through default(), prefault() and optional(). */
function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (typeof inner === 'object' && inner !== null && 'unwrap' in inner && typeof inner.unwrap === 'function') {
    inner = inner.unwrap();
    if (typeof inner === 'object' && inner !== null && 'element' in inner) break;
  }
  return inner;
}

function unreadable(file: string, error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return `there is no file ${file}`;
  return `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`;
}
