import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { argv, env, memoryUsage } from 'node:process';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into stepward's own process (`node --import`): measures how long one turn of its event loop takes, without the time
 * that it waits for something to do. Each connection to the port in STEPWARD_PROBE_PORT is told the longest turn since the
 * last one, as a line of JSON.
 */
const port = Number(env['STEPWARD_PROBE_PORT']);

export type Probed = { readonly longestTurnMs: number; readonly residentMiB: number };

if (isMainThread && argv.includes('serve')) {
  let before = performance.eventLoopUtilization().active;
  let longestTurnMs = 0;
  // A timer that is due runs once in each turn: what was used since the last time is at most one turn's.
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization().active;
    longestTurnMs = Math.max(longestTurnMs, now - before);
    before = now;
  }, 1);
  const server = createServer((socket) => {
    const probed: Probed = { longestTurnMs, residentMiB: memoryUsage.rss() / 2 ** 20 };
    longestTurnMs = 0;
    socket.end(`${JSON.stringify(probed)}\n`);
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  timer.unref();
  server.unref();
}
