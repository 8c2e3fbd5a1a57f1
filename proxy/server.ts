import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Analyzer, OwnCatalogs } from '../policy/access/analyzer.ts';
import { createAnalyzer } from '../policy/access/worker-analyzer.ts';
import { unpackCatalog } from '../policy/catalog/unpack.ts';
import { createZonedClock } from '../policy/engine/clock.ts';
import type { PolicyHolder } from '../policy/engine/holder.ts';
import { type AuditStore, openAuditStore } from './audit/store.ts';
import { createLoginLimiter } from './auth/login-limiter.ts';
import { createCarryTags } from './carry-tags.ts';
import { CarriedTagStore } from './carried-tags.ts';
import type { CatalogSource } from './catalog-source.ts';
import { limitCompilerMemory } from './compiler-memory.ts';
import type { Config } from './config.ts';
import { auditPath, controlSocketPath, statePath } from './data-dir.ts';
import { listen } from './listener.ts';
import { createNote } from './note.ts';
import { groupsOf, openPeopleFile } from './people-of-config.ts';
import { buildEngine } from './policy-source.ts';
import { createReload, firstPolicies, type Reload } from './reload.ts';
import type { ConnectionDeps } from './serve-connection.ts';
import { CancelKeys } from './session/cancel-keys.ts';
import type { GateDeps } from './session/gate-deps.ts';
import { SessionRegistry } from './session/session-registry.ts';
import { DEFAULT_SESSION_LIMITS } from './session/session-types.ts';
import { messageOf, StartError } from './start-error.ts';
import { createStepUp, type StepUpService } from './stepup/create-step-up.ts';
import type { People } from './stepup/people.ts';
import { openStateDb, type StateDb } from './stepup/state-db.ts';
import { systemTimers } from './stepup/timers.ts';
import { openTlsFiles, type TlsHolder } from './tls-files.ts';
import { openUpstreamCatalog } from './upstream-catalog.ts';
import { upstreamTarget } from './upstream-of-config.ts';
import { watchFiles } from './watch-files.ts';
import { createControlApp } from './web/control.ts';
import { serveControl } from './web/control-socket.ts';
import { type PageUrl, pageUrl, servePage } from './web-service.ts';

export type ServerOptions = {
  readonly log: Logger;
  readonly version: string;
  /** How a command of stepward is typed where its users are; `stepward` without it. */
  readonly command?: string;
  /** What must be typed behind `confirm CODE` there: ` --url https://...`; nothing without it. */
  readonly confirmOptions?: string;
};

export type RunningServer = {
  /** The ports that were taken, which matters where the config says 0. */
  readonly port: number;
  readonly webPort: number;
  readonly reload: Reload;
  /** Lets running statements finish for a while, tells everyone, closes everything. */
  stop(): Promise<void>;
};

const DRAIN_MS = 10_000;
const WATCH_MS = 1000;
const COMPLETION_DELAY_MS = 20;
const nowMs = (): number => Date.now();

/**
 * The composition root: builds the parts from the config and connects them.
 * @throws StartError when it cannot run; what was opened is closed again
 */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  const closers: (() => unknown)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    const parts = await buildParts(config, options, (close) => closers.push(close));
    return await open(config, options, parts, (close) => closers.push(close), stopAll);
  } catch (error) {
    await stopAll();
    if (error instanceof StartError) throw error;
    throw new StartError(messageOf(error), { isConfiguration: false, cause: error });
  }
}

/** Everything that statements meet, before anybody can connect. */
type Parts = {
  readonly tls: TlsHolder;
  readonly people: People;
  readonly audit: AuditStore;
  readonly analyzer: Analyzer & OwnCatalogs;
  readonly catalog: CatalogSource;
  readonly policies: PolicyHolder;
  readonly stepUp: StepUpService;
  readonly carried: CarriedTagStore;
  readonly page: PageUrl;
  /** Logs what should not have happened; gives the id that a client is told. */
  readonly incident: (cause: unknown) => string;
};

type OnClose = (close: () => unknown) => void;

async function buildParts(config: Config, options: ServerOptions, onClose: OnClose): Promise<Parts> {
  const { log } = options;
  limitCompilerMemory();
  const tls = openTlsFiles(config);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const db = openStateDb(statePath(config.dataDir));
  onClose(() => db.close());
  const people = openPeopleFile(config, db, log);
  const audit = openAuditStore({
    path: auditPath(config.dataDir),
    ...config.audit,
    completionDelayMs: COMPLETION_DELAY_MS,
    nowMs,
    log,
  });
  onClose(() => audit.close());
  const analyzer = await createAnalyzer({
    limits: { maxStatementBytes: config.limits.maxStatementBytes, timeoutMs: config.limits.parseTimeoutMs },
    secondReader: { mode: config.secondReader },
    log,
  });
  onClose(async () => analyzer.close());
  const use: Analyzer['useCatalog'] = async (catalog) => analyzer.useCatalog(catalog);
  const catalog = await openUpstreamCatalog(config, upstreamTarget(config), use, log);
  onClose(() => catalog.stop());
  const carried = new CarriedTagStore(db, nowMs);
  const build = () => {
    const known = { catalog: unpackCatalog(catalog.packed()), groups: groupsOf(people), carried };
    return buildEngine(config, known);
  };
  const policies = firstPolicies(build, log);
  const page = pageUrl(config);
  const stepUp = openStepUp(config, options, { db, people, audit, page });
  onClose(() => stepUp.close());
  return { tls, people, audit, analyzer, catalog, policies, stepUp, carried, page, incident: incidentsTo(log) };
}

function openStepUp(
  { stepup }: Config,
  { log, command = 'stepward', confirmOptions = '' }: ServerOptions,
  deps: { readonly db: StateDb; readonly people: People; readonly audit: AuditStore; readonly page: PageUrl },
): StepUpService {
  return createStepUp({
    ...deps,
    nowMs,
    timers: systemTimers,
    randomBytes,
    log,
    config: () => ({
      timeoutMs: stepup.timeoutSeconds * 1000,
      grantTtlMs: stepup.grantMinutes * 60_000,
      maxOpenPerPerson: stepup.maxOpenPerPerson,
    }),
    publicUrl: deps.page.url,
    commandOf: (code) => `${command} confirm ${code}${confirmOptions}`,
  });
}

/** Opens the doors: for people's browsers, the administrator, and at last database clients. */
async function open(
  config: Config,
  { log, version }: ServerOptions,
  parts: Parts,
  onClose: OnClose,
  stopAll: () => Promise<void>,
): Promise<RunningServer> {
  const { policies, stepUp, audit, incident } = parts;
  const note = createNote(audit, incident);
  const registry = new SessionRegistry();
  stepUp.grants.onRevoke((grantId) => registry.stopGrant(grantId));
  const reload = createReload({ ...parts, config, note, log });
  const watched = [
    config.policies,
    config.people,
    ...(config.tls === undefined ? [] : [config.tls.cert, config.tls.key]),
  ];
  onClose(watchFiles(watched, { timers: systemTimers, everyMs: WATCH_MS, changed: () => void reload() }));
  const page = await servePage(config, parts.page, { stepUp, log });
  onClose(() => page.close());
  const status = statusOf(parts, registry, version);
  const sessions = { list: () => registry.list(), kill: (id: string) => registry.kill(id) };
  const app = createControlApp({ sessions, stepUp, carriedTags: parts.carried, reload, audit, nowMs, log, status });
  const control = await serveControl(app, controlSocketPath(config.dataDir));
  onClose(() => control.close());
  const listener = await listen(config, connectionDeps(config, parts, registry, log), incident);
  onClose(() => listener.close());
  await note('policy.loaded', { version: policies.engine.version });
  await note('server.started', { version, port: listener.port });
  log.info({ port: listener.port, web: page.port, policies: policies.engine.version }, 'stepward is listening');
  return {
    port: listener.port,
    webPort: page.port,
    reload,
    stop: async () => {
      listener.stopAccepting();
      await drain(registry);
      await note('server.stopped', {});
      await stopAll();
    },
  };
}

function statusOf({ stepUp, policies, analyzer }: Parts, registry: SessionRegistry, version: string) {
  const startedAtMs = nowMs();
  return () => ({
    pid: process.pid,
    version,
    startedAtMs,
    sessions: registry.size,
    held: stepUp.pending().length,
    grants: stepUp.grants.list().length,
    policyVersion: policies.engine.version,
    catalogVersion: analyzer.catalogVersion,
  });
}

function connectionDeps(config: Config, parts: Parts, registry: SessionRegistry, log: Logger): ConnectionDeps {
  const { tls, people, audit, incident, analyzer, catalog } = parts;
  const shared = { nowMs, timers: systemTimers, randomBytes, reportIncident: incident };
  return {
    accept: {
      ...shared,
      tls: () => tls.current,
      requireTls: config.tls?.required ?? false,
      loginTimeoutMs: config.limits.loginTimeoutSeconds * 1000,
      people,
      limiter: createLoginLimiter({ nowMs, ...LOGIN_LIMITS }),
      audit,
    },
    gate: gateDeps(config, parts),
    session: {
      ...shared,
      cancelKeys: new CancelKeys({ randomBytes }),
      registry,
      limits: {
        ...DEFAULT_SESSION_LIMITS,
        maxFrameBytes: config.limits.maxFrameBytes,
        heartbeatMs: config.stepup.heartbeatSeconds * 1000,
      },
      log,
      ownCatalogs: {
        shared: () => catalog.packed(),
        use: async (id, own) => analyzer.useOwnCatalog(id, own),
        forget: (id) => analyzer.forgetOwnCatalog(id),
      },
    },
    upstream: upstreamTarget(config),
    maxSessions: config.limits.maxConnections,
    newSessionId: () => randomBytes(6).toString('hex'),
    clock: createZonedClock(config.timeZone),
    randomBytes,
  };
}

/** libpq tries again without TLS after a failed password, so one mistake counts twice. */
const LOGIN_LIMITS = { windowMs: 5 * 60_000, maxFailures: 10, maxFailuresPerAddress: 100, maxKeys: 10_000 };

function gateDeps({ stepup }: Config, parts: Parts): GateDeps {
  const { analyzer, policies, stepUp, audit, catalog, incident, carried } = parts;
  return {
    analyzer,
    engine: () => policies.engine,
    stepUp,
    carryTags: createCarryTags({ carried, audit, nowMs }),
    audit,
    catalog,
    stepUpMode: stepup.mode,
    inTransaction: stepup.inTransaction,
    holdTimeoutMs: stepup.timeoutSeconds * 1000,
    nowMs,
    incident,
  };
}

function incidentsTo(log: Logger): (cause: unknown) => string {
  return (cause) => {
    const id = randomBytes(5).toString('hex');
    log.error({ err: cause, incident: id }, 'unexpected error');
    return id;
  };
}

async function drain(registry: SessionRegistry): Promise<void> {
  const cancel = systemTimers.after(DRAIN_MS, () => registry.killAll());
  await registry.drain();
  cancel();
}
