import { isSoundValue, settingRule } from '../allow/settings.ts';
import { quoteIdent } from '../facts.ts';
import { unsound, unsupported } from '../refusal.ts';
import { bodyOf, bool, list, nodeOf, num, str, type Tree, tree } from '../tree.ts';
import { constantText } from './constants.ts';
import type { Scene, StatementRule } from './scene.ts';

type Setting = { readonly name: string; readonly value: string | undefined; readonly isLocal: boolean };

/** SET in all its spellings, and RESET. */
export const variableSet: StatementRule = (body, scene) => {
  const name = str(body, 'name');
  const isLocal = bool(body, 'is_local');
  switch (str(body, 'kind')) {
    case 'VAR_SET_VALUE':
      applySetting({ name, value: listValue(name, list(body, 'args')), isLocal }, scene);
      return 'SET';
    case 'VAR_SET_DEFAULT':
      applySetting({ name, value: undefined, isLocal }, scene);
      return 'SET';
    case 'VAR_SET_MULTI':
      return multiSet(body, scene);
    case 'VAR_RESET':
      applySetting({ name, value: undefined, isLocal: false }, scene);
      return 'RESET';
    case 'VAR_RESET_ALL':
      return resetAll(scene);
    default:
      throw unsupported(`SET ${name} ${str(body, 'kind')}`);
  }
};

export const variableShow: StatementRule = () => 'SHOW';

/**
 * One setting gets a value (undefined: its default): the access, the effect, and the refusal of what would make the
 * server read text in another way than the parser.
 * @param location byte offset of what names it, where the parser tells
 */
export function applySetting(setting: Setting, scene: Pick<Scene, 'collector'>, location?: number): void {
  const name = setting.name.toLowerCase();
  requireSound(name, setting.value, location);
  if (!givesRoleBack(name, setting.value))
    scene.collector.access({ action: 'set', resource: { kind: 'setting', name }, usage: 'none', location });
  scene.collector.effect({ kind: 'set', name, value: setting.value, isLocal: setting.isLocal });
}

/** RESET ROLE and SET ROLE NONE: back to who the session was opened as, whose rights need no right. */
function givesRoleBack(name: string, value: string | undefined): boolean {
  if (name === 'role') return value === undefined || value === 'none';
  return name === 'session_authorization' && value === undefined;
}

/** @throws RefusedAnalysis where the value is not one of the harmless ones */
export function requireSound(name: string, value: string | undefined, location?: number): void {
  const rule = settingRule(name);
  // A vertical tab is white space between names from version 17 on, and a letter of a name before.
  if (rule === 'namespace' && value?.includes('\v') === true)
    throw unsound('a vertical tab in search_path', undefined, location);
  if (isSoundValue(rule, value)) return;
  const hint = typeof rule === 'object' ? `allowed values: ${rule.literals.join(', ')}` : undefined;
  throw unsound(`parameter "${name}" cannot be set to this value through stepward`, hint, location);
}

/** RESET ALL gives back what the session started with; role and session_authorization are not among it. */
function resetAll(scene: Scene): string {
  scene.collector.effect({ kind: 'set', name: 'search_path', value: undefined, isLocal: false });
  return 'RESET';
}

/** SET TRANSACTION and SET SESSION CHARACTERISTICS: a list of settings in words. */
function multiSet(body: Tree, scene: Scene): string {
  const what = str(body, 'name');
  if (what === 'TRANSACTION SNAPSHOT') {
    const value = constantText(list(body, 'args')[0]);
    applySetting({ name: 'transaction_snapshot', value, isLocal: true }, scene);
    return 'SET';
  }
  const isSession = what === 'SESSION CHARACTERISTICS';
  if (!isSession && what !== 'TRANSACTION') throw unsupported(`SET ${what}`);
  for (const item of list(body, 'args')) {
    const option = bodyOf(item, 'DefElem');
    if (option === undefined) throw unsupported(`SET ${what}`);
    const name = `${isSession ? 'default_' : ''}${str(option, 'defname')}`;
    applySetting({ name, value: constantText(option['arg']), isLocal: !isSession }, scene);
  }
  return 'SET';
}

/**
 * The value as PostgreSQL would print it: for search_path a list of quoted names, so that `SET search_path = 'a, b'` stays
 * one schema. @see flatten_set_variable_args in PostgreSQL's guc_funcs.c
 */
function listValue(name: string, args: readonly unknown[]): string {
  const isNames = settingRule(name) === 'namespace';
  return args.map((arg) => (isNames ? quoteName(argumentText(arg, name)) : argumentText(arg, name))).join(', ');
}

function quoteName(name: string): string {
  return name === '' ? '""' : quoteIdent(name);
}

function argumentText(arg: unknown, name: string): string {
  const text = constantText(arg) ?? intervalText(arg);
  if (text === undefined) throw unsupported(`this value of parameter "${name}"`);
  return text;
}

/** SET TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE */
function intervalText(arg: unknown): string | undefined {
  const node = nodeOf(arg);
  if (node?.tag !== 'TypeCast') return undefined;
  const type = tree(node.body, 'typeName');
  if (type === undefined || num(type, 'typemod') !== -1) return undefined;
  return constantText(node.body['arg']);
}
