import { settingRule } from '../allow/settings.ts';
import type { Effect } from '../facts.ts';
import type { SpecialCall } from '../query/environment.ts';
import { unsound } from '../refusal.ts';
import { constantBoolean, constantText, isNullConstant } from './constants.ts';
import { applySetting } from './settings.ts';

/**
 * Calls of built-ins whose meaning depends on their arguments, by what the arguments say.
 * @returns true: everything is reported; false: the caller charges `execute`
 */
export function onSpecialCall(call: SpecialCall): boolean {
  if (call.name === 'set_config') return setConfig(call);
  if (call.name === 'pg_notify') return pgNotify(call);
  return false;
}

/** `set_config(name, value, is_local)` is SET in the clothes of a call. NULL as the value is the default. */
function setConfig(call: SpecialCall): boolean {
  const [nameArg, valueArg, localArg] = call.args;
  const name = constantText(nameArg)?.toLowerCase();
  if (name === undefined || call.args.length !== 3) {
    throw unsound(
      'set_config with a parameter name that is not a literal is not supported',
      'write the name as a literal',
      call.location,
    );
  }
  const value = constantText(valueArg);
  if (value === undefined && !isNullConstant(valueArg)) return setUnknown(name, call);
  const isLocal = constantBoolean(localArg);
  if (isLocal === undefined && settingRule(name) === 'namespace') throw notLiteral(name, call.location);
  applySetting({ name, value, isLocal: isLocal ?? false }, call, call.location);
  return true;
}

/** A value that only the server will know: fine where any value is, or where policies decide. */
function setUnknown(name: string, call: SpecialCall): boolean {
  const rule = settingRule(name);
  if (NAME_MOVERS.has(name) || (rule !== 'client' && rule !== 'guarded')) throw notLiteral(name, call.location);
  call.collector.access({ action: 'set', resource: { kind: 'setting', name }, usage: 'none', location: call.location });
  return true;
}

function notLiteral(name: string, location: number | undefined): Error {
  return unsound(`set_config of "${name}" needs literal arguments`, 'write them as literals, or use SET', location);
}

/** A channel that only the server will know is every channel. */
function pgNotify(call: SpecialCall): boolean {
  const name = constantText(call.args[0]) ?? '*';
  call.collector.access({
    action: 'notify',
    resource: { kind: 'channel', name },
    usage: 'none',
    location: call.location,
  });
  return true;
}

const NAME_MOVERS: ReadonlySet<string> = new Set(['search_path', 'role', 'session_authorization']);

/** A setting on which the meaning of names depends. */
export function movesNames(effect: Effect): boolean {
  return effect.kind === 'set' && NAME_MOVERS.has(effect.name);
}

/** For calls that may run or not: the names of later statements would be guessed. */
export function hiddenSetConfig(): Error {
  return unsound('set_config of this parameter inside a larger statement is not supported', 'use SET');
}
