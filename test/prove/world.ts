import { Client, type ClientConfig } from 'pg';
import { analyseText, type Prepared, prepareCatalog } from '../../policy/access/analyse-text.ts';
import { catalogPolicy } from '../../policy/access/allow/open-catalogs.ts';
import { isSafeCall } from '../../policy/access/allow/safe-functions.ts';
import type { AnalysisRefusal, Namespace } from '../../policy/access/analyzer.ts';
import { DEFAULT_LIMITS } from '../../policy/access/limits.ts';
import { loadCatalog } from '../../policy/catalog/load.ts';
import { connectQuery } from '../support/query-fn.ts';
import { type Claims, claimsOf } from './claims.ts';
import { compare, type Comparison } from './compare.ts';
import { oneByOne } from './one-by-one.ts';
import { isTakenWhenRun } from './oracle/dry-run.ts';
import { innerQuery, preparedQuery } from './oracle/inner-query.ts';
import type { Needs } from './oracle/needs.ts';
import { needsOfTrees } from './oracle/needs-of-trees.ts';
import { createRewriter, type Rewriter, type Rewritten } from './oracle/rewriter.ts';
import { readServerNames, type ServerNames } from './oracle/server-names.ts';

/** What comes of one statement. */
export type Verdict =
  /** The server does not take it: nothing to prove. */
  | { readonly kind: 'invalid'; readonly sqlstate: string; readonly message: string }
  /** The server takes it and the analysis does not. */
  | { readonly kind: 'refused'; readonly refusal: AnalysisRefusal }
  | ({ readonly kind: 'compared'; readonly needs: Needs; readonly claims: Claims } & Comparison);

/** One database on one version of PostgreSQL, and the analysis with a catalog that was loaded from it. */
export type World = {
  readonly client: Client;
  /** Many statements may be judged at the same time. */
  judge(sql: string): Promise<Verdict>;
  close(): Promise<void>;
};

/** Connections that share the work: the answer of a busy machine comes late, not slowly. */
const CONNECTIONS = 6;

/**
 * @param address of a database, as a superuser
 * @param searchPath of all connections
 */
export async function openWorld(address: ClientConfig, searchPath: readonly string[]): Promise<World> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, async () => connect(address, searchPath)));
  const [first = new Client(address)] = clients;
  const runner = await connect(address, searchPath);
  const connected = await connectQuery(address);
  const catalog = await loadCatalog(connected.query, 1);
  await connected.end();
  const unsafe = new Set(catalog.functions.filter((fn) => !isSafeCall(fn)).map((fn) => `${fn.schema}.${fn.name}`));
  const parts: Parts = {
    names: await readServerNames(first),
    rewrite: inTurn(await Promise.all(clients.map(createRewriter))),
    prepared: prepareCatalog(catalog),
    isSafe: (name) => !unsafe.has(name),
    isTaken: oneByOne(async (sql: string) => isTakenWhenRun(runner, sql)),
    namespace: { searchPath, role: 'postgres', tempRelations: [], key: JSON.stringify(searchPath) },
  };
  return {
    client: runner,
    judge: async (sql) => {
      try {
        return await judge(preparedQuery(sql), parts);
      } catch (error) {
        throw new Error(`while judging: ${sql.slice(0, 1000)}`, { cause: error });
      }
    },
    close: async () => {
      await Promise.all([runner, ...clients].map(async (client) => client.end()));
    },
  };
}

async function connect(address: ClientConfig, searchPath: readonly string[]): Promise<Client> {
  const client = new Client(address);
  await client.connect();
  await client.query(`SET search_path = ${searchPath.map((name) => `"${name}"`).join(', ')}`);
  return client;
}

function inTurn(rewriters: readonly Rewriter[]): Rewriter {
  let turn = 0;
  return async (sql) => {
    turn += 1;
    const rewriter = rewriters[turn % rewriters.length];
    if (rewriter === undefined) throw new Error('no connection');
    return rewriter(sql);
  };
}

type Parts = {
  readonly rewrite: Rewriter;
  readonly names: ServerNames;
  readonly prepared: Prepared;
  readonly isSafe: (name: string) => boolean;
  /** For the few statements that must run (and are undone): one after the other. */
  readonly isTaken: (sql: string) => Promise<boolean>;
  readonly namespace: Namespace;
};

async function judge(sql: string, parts: Parts): Promise<Verdict> {
  const { names, prepared, isSafe, namespace } = parts;
  const rewritten = await rewriteInner(sql, parts.rewrite);
  if (rewritten.kind === 'rejected') return { ...rewritten, kind: 'invalid' };
  const needs = needsOfTrees(rewritten.texts, names, (schema, name) => catalogPolicy(schema, name) !== 'user');
  const reading = analyseText(sql, namespace, prepared, DEFAULT_LIMITS);
  if (reading.kind === 'facts') {
    const claims = claimsOf(reading.facts);
    return { kind: 'compared', needs, claims, ...compare(needs, claims, names, isSafe) };
  }
  const isNameless = reading.refusal.cause === 'unknownName' && !needs.hasQuery;
  if (!isNameless || (await parts.isTaken(sql))) return reading;
  return { kind: 'invalid', sqlstate: reading.refusal.sqlstate, message: reading.refusal.message };
}

/** The server must take the statement as a whole as well. */
async function rewriteInner(sql: string, rewrite: Rewriter): Promise<Rewritten> {
  const inner = innerQuery(sql);
  const whole = await rewrite(sql);
  return inner === sql || whole.kind === 'rejected' ? whole : rewrite(inner);
}
