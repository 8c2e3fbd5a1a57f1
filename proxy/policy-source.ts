import type { Catalog } from '../policy/catalog/catalog.ts';
import { compileTags, TagError } from '../policy/catalog/tags.ts';
import type { CarriedTagSource } from '../policy/engine/carried.ts';
import { checkNames } from '../policy/engine/check-names.ts';
import { createPolicyEngine } from '../policy/engine/engine.ts';
import type { BuildResult } from '../policy/engine/holder.ts';
import { loadPolicies, readPolicyFolder } from '../policy/engine/load.ts';
import type { Problem } from '../policy/engine/problem.ts';
import type { Config } from './config.ts';

/**
 * Builds the engine from the policy folder and the config's tags. Mistakes of the policies themselves are errors; names
 * that the database, the tags or the people do not have are warnings here, because the database may get them later.
 * (`stepward policy check` treats them as errors.)
 */
export function buildEngine(
  config: Config,
  known: { readonly catalog?: Catalog; readonly groups?: readonly string[]; readonly carried?: CarriedTagSource },
): BuildResult {
  const rules = Object.entries(config.tags).map(([tag, on]) => ({ tag, on }));
  const files = readPolicyFolder(config.policies);
  const loaded = loadPolicies(files);
  if (loaded.kind === 'failed') return { kind: 'failed', problems: loaded.problems };
  try {
    const tags = compileTags(rules, known.catalog);
    const engine = createPolicyEngine({
      bundle: loaded.bundle,
      tags,
      tagsSource: rules,
      ladder: config.ladder,
      database: config.upstream.database,
      ...(known.carried === undefined ? {} : { carried: known.carried }),
    });
    const names = checkNames(loaded.bundle, { ...known, tags: tags.names });
    return {
      kind: 'built',
      engine,
      warnings: [...loaded.warnings, ...names.map(asWarning), ...unmatched(tags.unmatched)],
    };
  } catch (error) {
    if (!(error instanceof TagError)) throw error;
    return { kind: 'failed', problems: [tagProblem('error', error.message)] };
  }
}

function asWarning(problem: Problem): Problem {
  return { ...problem, severity: 'warning' };
}

function unmatched(found: readonly { readonly tag: string; readonly pattern: string }[]): readonly Problem[] {
  return found.map(({ tag, pattern }) => tagProblem('warning', `tag "${tag}": nothing in the database is ${pattern}`));
}

function tagProblem(severity: Problem['severity'], message: string): Problem {
  return { severity, file: '(tags of the config)', line: 1, column: 1, message };
}
