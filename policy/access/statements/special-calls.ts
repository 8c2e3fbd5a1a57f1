import { settingRule } from '../allow/settings.ts';
import type { Effect } from '../facts.ts';
import type { SpecialCall } from '../query/environment.ts';
import { RefusedAnalysis, unsound } from '../refusal.ts';
import { type BoundArgument, boundArgument, readableBoolean } from './bound-constants.ts';
import { constantBoolean, constantText, isNullConstant } from './constants.ts';
import { chargeServerFile } from './server-files.ts';
import { applySetting } from './settings.ts';

/**
 * Calls of built-ins whose meaning depends on their arguments, by what the arguments say.
 * @returns true: everything is reported; false: the caller charges `execute`
 */
export function onSpecialCall(call: SpecialCall): boolean {
  if (call.name === 'set_config') return setConfig(call);
  if (call.name === 'pg_notify') return pgNotify(call);
  chargeServerFile(call);
  return false;
}

/** `set_config(name, value, is_local)` is SET in the clothes of a call. NULL as the value is the default. */
function setConfig(call: SpecialCall): boolean {
  const [nameArg, valueArg, localArg] = call.args.map((arg) => boundArgument(arg, call.env));
  const name = constantText(nameArg?.node)?.toLowerCase();
  if (name === undefined || call.args.length !== 3) throw notNamed(call, nameArg);
  const value = constantText(valueArg?.node);
  if (value === undefined && !isNullConstant(valueArg?.node)) return setUnknown(name, call, [valueArg, localArg]);
  const isLocal = constantBoolean(readableBoolean(localArg?.node));
  if (isLocal === undefined && settingRule(name) === 'namespace') throw notLiteral(name, call, [localArg]);
  applySetting({ name, value, isLocal: isLocal ?? false }, call, call.location);
  return true;
}

/** A value that only the server will know: fine where any value is, or where policies decide. */
function setUnknown(name: string, call: SpecialCall, args: Arguments): boolean {
  const rule = settingRule(name);
  if (NAME_MOVERS.has(name) || (rule !== 'client' && rule !== 'guarded')) throw notLiteral(name, call, args);
  call.collector.access({ action: 'set', resource: { kind: 'setting', name }, usage: 'none', location: call.location });
  return true;
}

type Arguments = readonly (BoundArgument | undefined)[];

function notNamed({ location }: SpecialCall, name: BoundArgument | undefined): Error {
  const message = 'set_config with a parameter name that is not a literal is not supported';
  return needing([name], unsound(message, 'write the name as a literal', location));
}

function notLiteral(name: string, { location }: SpecialCall, args: Arguments): Error {
  const message = `set_config of "${name}" needs literal arguments`;
  return needing(args, unsound(message, 'write them as literals, or use SET', location));
}

/** Where the values of parameters are all that is missing, it can be asked again with them. */
function needing(args: Arguments, refused: RefusedAnalysis): RefusedAnalysis {
  const needsParameters = args.flatMap((arg) => (arg?.missing === undefined ? [] : [arg.missing]));
  if (needsParameters.length === 0) return refused;
  return new RefusedAnalysis({ ...refused.refusal, needsParameters }, refused.location);
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
