import type { Logger } from 'pino';
import { PolicyHolder } from '../policy/engine/holder.ts';
import { formatProblem, type Problem } from '../policy/engine/problem.ts';
import type { Config } from './config.ts';
import type { Note } from './note.ts';
import { lineOf } from './people-of-config.ts';
import type { buildEngine } from './policy-source.ts';
import { messageOf, StartError } from './start-error.ts';
import type { People } from './stepup/people.ts';
import { readTls, type TlsHolder } from './tls-files.ts';

export type Reload = () => Promise<{ readonly ok: boolean; readonly errors: readonly string[] }>;

/** @throws StartError with every problem of the set */
export function firstPolicies(build: () => ReturnType<typeof buildEngine>, log: Logger): PolicyHolder {
  const built = build();
  if (built.kind === 'failed') {
    throw new StartError(built.problems.map(formatProblem).join('\n'), { isConfiguration: true });
  }
  warn(built.warnings, log);
  return new PolicyHolder(built.engine, build);
}

function warn(warnings: readonly Problem[], log: Logger): void {
  for (const warning of warnings) log.warn(formatProblem(warning));
}

/** Reads policies, people and certificates again. What is bad stays out, and what was good stays in. */
export function createReload(deps: {
  policies: PolicyHolder;
  people: People;
  tls: TlsHolder;
  config: Config;
  note: Note;
  log: Logger;
}): Reload {
  const { policies, people, tls, config, note, log } = deps;
  return async () => {
    const errors: string[] = [];
    const read = people.reload();
    if (!read.ok)
      errors.push(...read.errors.map(({ path, message, line }) => lineOf(config.people, path, message, line)));
    try {
      tls.current = readTls(config);
    } catch (error) {
      errors.push(`tls: ${messageOf(error)}`);
    }
    const result = policies.reload();
    if (result.kind === 'refused') {
      const problems = result.problems.map(formatProblem);
      errors.push(...problems);
      await note('policy.refused', { version: result.version, problems });
    }
    if (result.kind === 'reloaded') {
      warn(result.warnings, log);
      log.info({ version: result.version }, 'policies reloaded');
      await note('policy.loaded', { version: result.version });
    }
    for (const error of errors) log.error(error);
    return { ok: errors.length === 0, errors };
  };
}
