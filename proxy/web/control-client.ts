import { request } from 'node:http';
import { z } from 'zod';
import {
  carriedTagInfo,
  challengeInfoSchema,
  grantInfoSchema,
  reloadAnswer,
  sessionInfo,
  statusInfo,
} from './control-api.ts';

export type ControlResult<T> =
  | { readonly ok: true; readonly value: T }
  /** `message` is one sentence for the terminal. */
  | { readonly ok: false; readonly kind: 'notRunning' | 'notAllowed' | 'failed'; readonly message: string };

const said = z.object({ message: z.string() });
const timeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024 * 1024;

/** The CLI's side of the control socket. Nothing here rejects: a server that is not running is an answer. */
export function createControlClient(options: {
  readonly socketPath: string;
  /** Who the audit will name; the user of the operating system. */
  readonly user: string;
}) {
  const call = <T>(method: string, path: string, schema: z.ZodType<T>) => send({ ...options, method, path }, schema);
  return {
    status: () => call('GET', '/status', statusInfo),
    sessions: () => call('GET', '/sessions', z.array(sessionInfo)),
    killSession: (id: string) => call('DELETE', `/sessions/${encodeURIComponent(id)}`, said),
    grants: (all = false) => call('GET', all ? '/grants?all=1' : '/grants', z.array(grantInfoSchema)),
    revokeGrant: (id: string) => call('DELETE', `/grants/${encodeURIComponent(id)}`, said),
    challenges: () => call('GET', '/challenges', z.array(challengeInfoSchema)),
    cancelChallenge: (code: string) => call('DELETE', `/challenges/${encodeURIComponent(code)}`, said),
    carriedTags: () => call('GET', '/carried-tags', z.array(carriedTagInfo)),
    dropCarriedTags: (target: string, tag?: string) => {
      const only = tag === undefined ? '' : `?tag=${encodeURIComponent(tag)}`;
      return call('DELETE', `/carried-tags/${encodeURIComponent(target)}${only}`, said);
    },
    reload: () => call('POST', '/reload', reloadAnswer),
  };
}
export type ControlClient = ReturnType<typeof createControlClient>;

type Call = { readonly socketPath: string; readonly user: string; readonly method: string; readonly path: string };

async function send<T>(call: Call, schema: z.ZodType<T>): Promise<ControlResult<T>> {
  try {
    return readAnswer(await exchange(call), schema);
  } catch (error) {
    return failure(call.socketPath, error);
  }
}

type RawAnswer = { readonly status: number; readonly text: string };

function readAnswer<T>({ status, text }: RawAnswer, schema: z.ZodType<T>): ControlResult<T> {
  const value: unknown = JSON.parse(text);
  const parsed = schema.safeParse(value);
  // A reload that found errors (422) still answers in its own form.
  if (parsed.success && (status < 400 || status === 422)) return { ok: true, value: parsed.data };
  const message = said.safeParse(value);
  if (message.success) return { ok: false, kind: 'failed', message: message.data.message };
  return { ok: false, kind: 'failed', message: 'the server answers in another form: is the CLI of another version?' };
}

function exchange({ socketPath, user, method, path }: Call): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        method,
        path,
        headers: { host: 'stepward', 'x-stepward-user': asHeader(user) },
        timeout: timeoutMs,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes > maxAnswerBytes) outgoing.destroy(new Error('the answer is too large'));
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Header values are ASCII; the server keeps no other characters of a name either. */
function asHeader(user: string): string {
  return user.replaceAll(/[^\w.@-]/g, '');
}

function failure<T>(socketPath: string, error: unknown): ControlResult<T> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return { ok: false, kind: 'notRunning', message: `stepward is not running (nothing answers at ${socketPath})` };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      ok: false,
      kind: 'notAllowed',
      message: `no right to open ${socketPath}: run this as the user who runs stepward`,
    };
  }
  const why = error instanceof Error ? error.message : String(error);
  return { ok: false, kind: 'failed', message: `stepward did not answer properly: ${why}` };
}
