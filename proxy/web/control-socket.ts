import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { Hono } from 'hono';
import type { HttpService } from './serve-http.ts';
import { serveHttp } from './serve-http.ts';
import type { WebEnv } from './step-up-app.ts';

/** sockaddr_un's sun_path has 108 bytes on Linux and 104 on macOS, with the NUL; a longer path would be cut silently. */
const maxPathBytes = 103;

/**
 * Serves the control application on a UNIX socket that only this user can open (0600).
 * @throws Error with what to do: another stepward runs, the path is taken by something else, or is too long
 */
export async function serveControl(app: Hono<WebEnv>, path: string): Promise<HttpService> {
  await checkFree(path);
  // Bound inside a folder of mode 0700 and moved when its own mode is right: at no moment can another user connect.
  const folder = mkdtempSync(join(dirname(path), '.c'));
  const temporary = join(folder, 's');
  try {
    checkLength(path, temporary);
    const service = await serveHttp(app, { path: temporary });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
    const { ino } = lstatSync(path);
    return { port: 0, close: () => closeAndRemove(service, path, ino) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkLength(...paths: readonly string[]): void {
  const longest = Math.max(...paths.map((path) => Buffer.byteLength(path)));
  if (longest <= maxPathBytes) return;
  throw new Error(
    `the path of the control socket is too long (${longest} bytes, at most ${maxPathBytes}): choose a shorter dataDir`,
  );
}

/** A socket that nobody listens on is what a killed stepward left; anything else is not ours to remove. */
async function checkFree(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error(`${path} exists and is no socket: move it away, or choose another dataDir`);
  if (await isListening(path)) throw new Error(`another stepward is running with the control socket ${path}`);
  unlinkSync(path);
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      // Only a refusal says that nobody is there; without the right to ask, someone may be.
      resolve(!('code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')));
    });
  });
}

async function closeAndRemove(service: HttpService, path: string, ino: number): Promise<void> {
  await service.close();
  // A newer stepward may have put its own socket there meanwhile.
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
}
