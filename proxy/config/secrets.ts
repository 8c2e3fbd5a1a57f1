import type { KeyPath } from './yaml-source.ts';

export type SecretDeps = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws where the file cannot be read. */
  readonly readFile: (path: string) => string;
  /** Makes a path absolute, relative to the config file. */
  readonly resolve: (path: string) => string;
};

export type SecretError = { readonly path: KeyPath; readonly message: string };

type Substitution = { readonly value: unknown; readonly errors: readonly SecretError[] };

const reference = /^\$\{(env|file):([^}]+)\}$/;
const anyReference = /\$\{(?:env|file):/;
const secretPaths: ReadonlySet<string> = new Set(['upstream.password']);

/**
 * Replaces `${env:NAME}` and `${file:/path}` in secrets, as whole values only, and refuses them anywhere else: a
 * configuration whose shape depends on the environment cannot be reviewed.
 */
export function substituteSecrets(value: unknown, deps: SecretDeps, path: KeyPath = []): Substitution {
  if (typeof value === 'string') return substitute(value, deps, path);
  if (Array.isArray(value)) return collect(value.map((item, i) => substituteSecrets(item, deps, [...path, i])));
  if (typeof value !== 'object' || value === null) return { value, errors: [] };
  const keys = Object.keys(value);
  const parts = Object.entries(value).map(([key, item]) => substituteSecrets(item, deps, [...path, key]));
  return {
    value: Object.fromEntries(keys.map((key, i) => [key, parts[i]?.value])),
    errors: parts.flatMap((part) => part.errors),
  };
}

function collect(parts: readonly Substitution[]): Substitution {
  return { value: parts.map((part) => part.value), errors: parts.flatMap((part) => part.errors) };
}

function substitute(text: string, deps: SecretDeps, path: KeyPath): Substitution {
  if (!anyReference.test(text)) return { value: text, errors: [] };
  const fail = (message: string): Substitution => ({ value: text, errors: [{ path, message }] });
  if (!secretPaths.has(path.join('.'))) return fail('${env:...} and ${file:...} are replaced in secrets only');
  const [, kind, name = ''] = reference.exec(text) ?? [];
  if (kind === undefined) return fail('must be the whole value: ${env:NAME} or ${file:/path}');
  return kind === 'env' ? fromEnvironment(name, deps, fail) : fromFile(name, deps, fail);
}

type Fail = (message: string) => Substitution;

function fromEnvironment(name: string, deps: SecretDeps, fail: Fail): Substitution {
  const value = deps.env[name];
  return value === undefined || value === ''
    ? fail(`the environment variable ${name} is not set`)
    : { value, errors: [] };
}

function fromFile(name: string, deps: SecretDeps, fail: Fail): Substitution {
  try {
    // Secret files usually end in a newline that is no part of the secret.
    return { value: deps.readFile(deps.resolve(name)).replace(/\r?\n$/, ''), errors: [] };
  } catch (error) {
    return fail(`cannot read ${deps.resolve(name)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
