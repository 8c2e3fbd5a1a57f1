import { parseSearchPath } from '../../catalog/namespace-defaults.ts';
import type { CatalogCode, CatalogFunction } from '../../catalog/catalog.ts';
import { settingRule } from '../allow/settings.ts';
import type { Namespace } from '../analyzer.ts';
import type { TempRelation } from '../facts.ts';
import type { Environment } from '../query/environment.ts';
import type { Variables } from '../query/variables.ts';

const PATH = 'search_path=';

/**
 * The namespace in which a body's names are resolved when it runs: its own SET search_path; without one the caller's, even
 * where it runs with the rights of its owner. Attack that this keeps: a temporary table of the caller takes the place of the
 * table that a SECURITY DEFINER function means.
 */
export function bodyNamespace(env: Environment, code: CatalogCode): Namespace {
  const session = sessionNamespace(env);
  const role = code.definer?.role ?? session.role;
  const own = code.settings.find((setting) => setting.startsWith(PATH));
  const searchPath = own === undefined ? pathFor(session, role) : parseSearchPath(own.slice(PATH.length), role);
  const usableSchemas = code.definer?.schemas ?? session.usableSchemas;
  const base = { searchPath, role, tempRelations: session.tempRelations };
  const key = `${session.key} in ${JSON.stringify([searchPath, role, usableSchemas])}`;
  return usableSchemas === undefined ? { ...base, key } : { ...base, usableSchemas, key };
}

/** Where functions run that the text calls: inside of a view's definition, still in the session's namespace. */
export function sessionNamespace(env: Environment): Namespace {
  return env.session ?? env.namespace;
}

/** `$user` stands for whoever the function runs as. The path has the session's role in its place. */
function pathFor(session: Namespace, role: string): readonly string[] {
  return role === session.role
    ? session.searchPath
    : session.searchPath.map((schema) => (schema === session.role ? role : schema));
}

/** A setting under which the body would do or be something else than its text says. */
export function unsoundSetting(fn: CatalogFunction): string | undefined {
  return fn.code?.settings.find((setting) => {
    const rule = settingRule(setting.slice(0, setting.indexOf('=')));
    return rule !== 'client' && rule !== 'namespace';
  });
}

/** What the statements of a body are analysed in. BEGIN ATOMIC was resolved when it was made, and is deparsed in full. */
export function bodyEnvironment(env: Environment, code: CatalogCode, variables: Variables): Environment {
  const session = bodyNamespace(env, code);
  const namespace = code.isAtomic ? { ...session, searchPath: [], tempRelations: [] } : session;
  const { onSpecialCall: _special, ...rest } = env;
  const special = env.hooks === undefined ? {} : { onSpecialCall: env.hooks.onSpecialCall };
  return { ...rest, ...special, namespace, session, variables, toSpan: () => ({ start: 0, end: 0 }) };
}

/** A trigger's own tables are found before everything else, temporary tables of their name included. */
export function withTables(env: Environment, tables: readonly TempRelation[]): Environment {
  if (tables.length === 0) return env;
  const others = env.namespace.tempRelations.filter(({ name }) => !tables.some((table) => table.name === name));
  const searchPath = env.namespace.searchPath.filter((schema) => schema !== 'pg_temp');
  return { ...env, namespace: { ...env.namespace, searchPath, tempRelations: [...tables, ...others] } };
}
