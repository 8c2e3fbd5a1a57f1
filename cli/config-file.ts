import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../proxy/config.ts';
import { loadConfig } from '../proxy/config/load.ts';
import { CliError, EXIT } from './cli-error.ts';

const CANDIDATES = ['stepward.yaml', '.stepward-demo/stepward.yaml'];

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The config a command means: --config, else STEPWARD_CONFIG, else ./stepward.yaml, else the demo's.
 * @throws CliError when there is none
 */
export function configFile(option: string | undefined, env: Env): string {
  const found = findConfigFile(option, env);
  if (found !== undefined) return found;
  throw new CliError('no config: give --config FILE, or run where stepward.yaml is', EXIT.config);
}

export function findConfigFile(option: string | undefined, env: Env): string | undefined {
  const named = option ?? env['STEPWARD_CONFIG'];
  const found = named ?? CANDIDATES.find((candidate) => existsSync(candidate));
  return found === undefined ? undefined : resolve(found);
}

/** True when commands that are started in the same folder need no --config for it. */
export function isFoundByItself(file: string): boolean {
  const found = CANDIDATES.find((candidate) => existsSync(candidate));
  return found !== undefined && resolve(found) === file;
}

/** @throws CliError with one line for each mistake, exit code 78 */
export function readConfig(file: string): Config {
  const result = loadConfig(file);
  if (result.kind === 'loaded') return result.config;
  const lines = result.errors.map(({ path, message, line }) => {
    // Without a line the file itself could not be read, and the message names it.
    if (line === undefined) return message;
    return `${file}:${line}: ${path === '' ? '' : `${path}: `}${message}`;
  });
  throw new CliError(lines.join('\n'), EXIT.config);
}
