import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { QueryFn } from '../../policy/catalog/catalog.ts';
import { loadCatalog } from '../../policy/catalog/load.ts';
import { CatalogError } from '../../policy/catalog/load-rows.ts';
import { formatProblem } from '../../policy/engine/problem.ts';
import { catalogQuery } from '../../proxy/auth/simple-query.ts';
import { makeTlsIdentity } from '../../proxy/auth/tls-identity.ts';
import { connectUpstream, type UpstreamConnection } from '../../proxy/auth/upstream-connect.ts';
import type { Config } from '../../proxy/config.ts';
import { buildEngine } from '../../proxy/policy-source.ts';
import { openPeople, type People } from '../../proxy/stepup/people.ts';
import { systemTimers } from '../../proxy/stepup/timers.ts';
import { upstreamTarget } from '../../proxy/upstream-of-config.ts';
import { examineRole } from './upstream-role.ts';

export type Finding = {
  readonly state: 'good' | 'advice' | 'bad';
  readonly what: string;
  /** What to do about it. */
  readonly todo?: string;
};

/** Looks at everything that a running server would need, and at what an attacker would like to find. */
export async function examine(config: Config): Promise<readonly Finding[]> {
  const people = openPeople({ path: config.people, mockSecret: Buffer.alloc(32) });
  return [
    ...(people.kind === 'people' ? peopleFindings(people.people, config) : peopleErrors(people.errors, config)),
    ...tlsFindings(config),
    ...(await upstreamFindings(config, people.kind === 'people' ? groupsOf(people.people) : undefined)),
  ];
}

function peopleErrors(errors: readonly { path: string; message: string }[], config: Config): readonly Finding[] {
  return errors.map(({ path, message }) => ({
    state: 'bad',
    what: `${config.people}: ${path === '' ? '' : `${path}: `}${message}`,
  }));
}

function peopleFindings(people: People, config: Config): readonly Finding[] {
  const without = people.names.filter((name) => people.find(name)?.totp === undefined);
  return [
    { state: 'good', what: `${config.people}: ${people.names.length} people` },
    ...people.warnings().map((what): Finding => ({ state: 'bad', what })),
    ...(without.length === 0
      ? []
      : [
          {
            state: 'advice' as const,
            what: `without an authenticator, so never able to step up: ${without.join(', ')}`,
          },
        ]),
  ];
}

function tlsFindings({ tls, listen }: Config): readonly Finding[] {
  const isLoopback = /^(127\.|::1$|localhost$)/.test(listen.host);
  if (tls === undefined) {
    if (isLoopback) return [{ state: 'good', what: 'no TLS towards clients, on a loopback address' }];
    return [
      {
        state: 'bad',
        what: `no TLS towards clients on ${listen.host}`,
        todo: 'set tls.cert and tls.key: results travel in the clear',
      },
    ];
  }
  try {
    makeTlsIdentity({ cert: readFileSync(tls.cert, 'utf8'), key: readFileSync(tls.key, 'utf8') });
  } catch (error) {
    return [{ state: 'bad', what: `tls: ${error instanceof Error ? error.message : String(error)}` }];
  }
  const good: Finding = { state: 'good', what: `TLS towards clients with ${tls.cert}` };
  if (tls.required || isLoopback) return [good];
  return [good, { state: 'advice', what: 'clients may still connect without TLS', todo: 'set tls.required: true' }];
}

async function upstreamFindings(config: Config, groups: readonly string[] | undefined): Promise<readonly Finding[]> {
  const { host, port, database, user } = config.upstream;
  let connection: UpstreamConnection;
  try {
    const parameters = new Map([['application_name', 'stepward doctor']]);
    connection = await connectUpstream(upstreamTarget(config), parameters, { randomBytes, timers: systemTimers });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    const message = error instanceof Error ? error.message : String(error);
    return [
      { state: 'bad', what: `upstream ${user}@${host}:${port}/${database}: ${message}${cause}` },
      ...policyFindings(config, { groups }),
    ];
  }
  connection.stream.on('error', () => undefined);
  try {
    const query = catalogQuery(connection);
    const catalog = await loadCatalog(query, 1);
    const known = { catalog, groups };
    return [
      {
        state: 'good',
        what: `upstream ${user}@${host}:${port}/${database} answers (PostgreSQL ${Math.floor(catalog.serverVersion / 10_000)})`,
      },
      ...(await examineSettings(query)),
      ...(await examineRole(query, user)),
      ...policyFindings(config, known),
    ];
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    const what = `upstream ${user}@${host}:${port}/${database}: ${error.message}`;
    return [{ state: 'bad', what }, ...policyFindings(config, { groups })];
  } finally {
    connection.stream.destroy();
  }
}

/** Text is read as PostgreSQL reads it only with these. */
async function examineSettings(query: QueryFn): Promise<readonly Finding[]> {
  const rows = await query("SELECT current_setting('standard_conforming_strings')");
  if (rows[0]?.[0] === 'on') return [];
  const todo = 'ALTER ROLE ... SET standard_conforming_strings = on';
  return [
    {
      state: 'bad',
      what: 'standard_conforming_strings is off for the upstream role: statements cannot be read safely',
      todo,
    },
  ];
}

function policyFindings(config: Config, known: Parameters<typeof buildEngine>[1]): readonly Finding[] {
  try {
    const built = buildEngine(config, known);
    if (built.kind === 'failed')
      return built.problems.map((problem) => ({ state: 'bad', what: formatProblem(problem) }));
    const warnings = built.warnings.map((problem): Finding => ({ state: 'advice', what: formatProblem(problem) }));
    return [{ state: 'good', what: `${config.policies}: policies ${built.engine.version} are valid` }, ...warnings];
  } catch (error) {
    return [{ state: 'bad', what: `${config.policies}: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

function groupsOf(people: People): readonly string[] {
  return [...new Set(people.names.flatMap((name) => people.find(name)?.principal.groups ?? []))];
}
