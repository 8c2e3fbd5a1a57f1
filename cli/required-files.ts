import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import type { Config } from '../proxy/config.ts';
import { CliError, EXIT } from './cli-error.ts';

/**
 * What the config names must be there before anything is opened.
 * @throws CliError with a line for each that is not, by its key; exit code 78
 */
export function requireFiles(config: Config): void {
  const { policies, tls, upstream, dataDir } = config;
  const problems = [
    problemOf('policies', policies, () => readdirSync(policies)),
    ...(tls === undefined ? [] : [fileProblem('tls.cert', tls.cert), fileProblem('tls.key', tls.key)]),
    ...(upstream.tls.ca === undefined ? [] : [fileProblem('upstream.tls.ca', upstream.tls.ca)]),
    problemOf('dataDir', dataDir, () => accessIfPresent(dataDir)),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new CliError(problems.join('\n'), EXIT.config);
}

function fileProblem(key: string, path: string): string | undefined {
  return problemOf(key, path, () => readFileSync(path));
}

function problemOf(key: string, path: string, use: () => unknown): string | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    return `${key}: ${path}: ${reasonOf(error)}`;
  }
}

/** The folder is made when it is missing. */
function accessIfPresent(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is nothing of this name',
  EACCES: 'no right to use it',
  ENOTDIR: 'it is not a folder',
  EISDIR: 'it is a folder, not a file',
};

function reasonOf(error: unknown): string {
  return REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
