import { Hono } from 'hono';
import type { AuditLog } from '../audit/entry.ts';
import type { CarriedTagRow } from '../carried-tags.ts';
import type { StepUpService } from '../stepup/create-step-up.ts';
import type { StepUpLog } from '../stepup/log.ts';
import type { GrantInfo, ReloadAnswer, SessionInfo, StatusInfo } from './control-api.ts';
import { challengeInfo, grantInfo } from './control-api.ts';
import type { WebEnv } from './step-up-app.ts';

/** What the administrator can see and end; kept by the composition root. */
export type SessionRegistry = {
  list(): readonly SessionInfo[];
  /** Ends a session with 57P01; false when there is none of this id. */
  kill(id: string, by: string): boolean;
};

/** Tags that columns carry since data was copied into them; see proxy/carried-tags.ts. */
export type CarriedTagRegistry = {
  list(): readonly CarriedTagRow[];
  drop(target: string, tag?: string): readonly string[];
};

export type ControlDeps = {
  readonly sessions: SessionRegistry;
  readonly stepUp: StepUpService;
  readonly carriedTags: CarriedTagRegistry;
  /** Policies, people, tags and certificates; a bad set never replaces a good one. */
  readonly reload: () => Promise<ReloadAnswer>;
  readonly status: () => StatusInfo;
  readonly audit: AuditLog;
  readonly nowMs: () => number;
  readonly log: StepUpLog;
};

/**
 * The administrator's application. It asks for no password: it is served on a UNIX socket that only the user who runs the
 * proxy can open.
 */
export function createControlApp(deps: ControlDeps): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  app.get('/status', (c) => c.json(deps.status()));
  app.post('/reload', async (c) => {
    const answer = await deps.reload();
    return c.json(answer, answer.ok ? 200 : 422);
  });
  addSessions(app, deps);
  addGrants(app, deps);
  addChallenges(app, deps);
  addCarriedTags(app, deps);
  app.notFound((c) => c.json({ message: 'no such command: is the CLI of another version than the server?' }, 404));
  app.onError((error, c) => {
    deps.log.error({ err: error }, 'an administrator command failed');
    return c.json({ message: 'the server could not do it: its log names the cause' }, 500);
  });
  return app;
}

function addSessions(app: Hono<WebEnv>, deps: ControlDeps): void {
  app.get('/sessions', (c) => c.json(deps.sessions.list()));
  app.delete('/sessions/:id', (c) => {
    const session = c.req.param('id');
    const by = administrator(c.req.header('x-stepward-user'));
    if (!deps.sessions.kill(session, by)) return c.json({ message: `there is no session ${session}` }, 404);
    note(deps, { session, by });
    return c.json({ message: `session ${session} ended` });
  });
}

function addGrants(app: Hono<WebEnv>, { stepUp }: ControlDeps): void {
  app.get('/grants', (c) => {
    const grants: readonly GrantInfo[] = stepUp.grants
      .list({ includeEnded: c.req.query('all') === '1' })
      .map((grant) => grantInfo(grant));
    return c.json(grants);
  });
  app.delete('/grants/:id', (c) => {
    const id = c.req.param('id');
    if (stepUp.grants.revoke(id, administrator(c.req.header('x-stepward-user')))) {
      return c.json({ message: `grant ${id} revoked` });
    }
    return c.json({ message: `there is no live grant ${id}` }, 404);
  });
}

function addChallenges(app: Hono<WebEnv>, { stepUp }: ControlDeps): void {
  app.get('/challenges', (c) => c.json(stepUp.pending().map((challenge) => challengeInfo(challenge))));
  app.delete('/challenges/:code', (c) => {
    const code = c.req.param('code');
    if (stepUp.withdraw(code, administrator(c.req.header('x-stepward-user')))) {
      return c.json({ message: `request ${code} cancelled` });
    }
    return c.json({ message: `no request ${code} waits` }, 404);
  });
}

/** Dropping takes protection away: without its audit row it is not done. */
function addCarriedTags(app: Hono<WebEnv>, { carriedTags, audit, nowMs }: ControlDeps): void {
  app.get('/carried-tags', (c) => c.json(carriedTags.list()));
  app.delete('/carried-tags/:target', async (c) => {
    const target = c.req.param('target');
    const tag = c.req.query('tag');
    const rows = carriedTags.list().filter((row) => row.target === target && (tag === undefined || row.tag === tag));
    if (rows.length === 0) return c.json({ message: `${target} carries no such tag` }, 404);
    const tags = rows.map((row) => row.tag);
    const data = { target, tags, by: administrator(c.req.header('x-stepward-user')) };
    await audit.append({ kind: 'event', atMs: nowMs(), type: 'tags.dropped', data });
    carriedTags.drop(target, tag);
    return c.json({ message: `${target} no longer carries ${tags.join(', ')}` });
  });
}

/** Ending a session protects, so it does not wait for its audit row. */
function note(deps: ControlDeps, data: { readonly session: string; readonly by: string }): void {
  deps.audit
    .append({ kind: 'event', atMs: deps.nowMs(), type: 'session.killed', subject: { sessionId: data.session }, data })
    .catch((error: unknown) => deps.log.error({ err: error, ...data }, 'audit row of a killed session not written'));
}

/** The name is the client's word, the right to say it is the socket's mode. */
function administrator(claimed: string | undefined): string {
  const name = (claimed ?? '').replaceAll(/[^\w.@-]/g, '').slice(0, 63);
  return name === '' ? 'administrator' : `administrator ${name}`;
}
