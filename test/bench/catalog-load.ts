/**
 * Reads a catalog as the proxy does and says what that costs, in a process of its own so that memory can be told.
 *   node test/bench/catalog-load.ts HOST PORT USER PASSWORD DATABASE ROUNDS
 * Prints one line of JSON: see LoadFigures.
 */
import { randomBytes } from 'node:crypto';
import { createAnalyzer } from '../../policy/access/worker-analyzer.ts';
import { readCatalog } from '../../policy/catalog/load.ts';
import type { PackedCatalog } from '../../policy/catalog/packed-catalog.ts';
import { connectUpstream } from '../../proxy/auth/upstream-connect.ts';
import { packedQuery } from '../../proxy/catalog-rows.ts';
import { limitCompilerMemory } from '../../proxy/compiler-memory.ts';
import { systemTimers } from '../../proxy/stepup/timers.ts';
import { median } from './statistics.ts';

export type LoadFigures = {
  readonly readMs: number;
  readonly takeMs: number;
  /** Longest run of the main thread without coming back to its event loop, in processor time, start-up round left out. */
  readonly longestBlockMs: number;
  /** Of everything that the snapshot's rows take, shared by both threads. */
  readonly sharedMiB: number;
  /** Growth of the process by the first snapshot. */
  readonly firstMiB: number;
  /** Growth by all rounds: old snapshots wait for the collector. */
  readonly allRoundsMiB: number;
};

const [host = '', port = '', user = '', password = '', database = '', rounds = '5'] = process.argv.slice(2);
const SETTLE_MS = 500;

const cpuMs = (): number => {
  const { user: own, system } = process.threadCpuUsage();
  return (own + system) / 1000;
};
const residentMiB = (): number => process.memoryUsage.rss() / 2 ** 20;
const settled = async (): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return residentMiB();
};

/** Looks at the thread's own clock at each turn of the event loop: another process on the core does not count. */
function watchTurns(): { longest(): number; reset(): void; stop(): void } {
  let last = cpuMs();
  let longest = 0;
  const timer = setInterval(() => {
    const now = cpuMs();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  const reset = (): void => {
    last = cpuMs();
    longest = 0;
  };
  return { longest: () => longest, reset, stop: () => clearInterval(timer) };
}

function sharedBytes({ results }: PackedCatalog): number {
  return [...results.values()].flatMap(({ chunks }) => chunks).reduce((sum, chunk) => sum + chunk.byteLength, 0);
}

limitCompilerMemory();
const analyzer = await createAnalyzer({});
const target = {
  host,
  port: Number(port),
  user,
  password,
  database,
  connectTimeoutMs: 5000,
  tls: { mode: 'disable' },
} as const;
const parameters = new Map([['application_name', 'stepward bench']]);
const connection = await connectUpstream(target, parameters, { randomBytes, timers: systemTimers });
connection.stream.on('error', () => undefined);
const query = packedQuery(connection, { timers: systemTimers, timeoutMs: 60_000 });
const before = await settled();
const turns = watchTurns();
const reads: number[] = [];
const takes: number[] = [];
const blocks: number[] = [];
let sharedMiB = 0;
let firstMiB = 0;
for (let round = 0; round < Number(rounds); round += 1) {
  turns.reset();
  const started = performance.now();
  const packed = await readCatalog(query, round + 1);
  const read = performance.now();
  await analyzer.useCatalog(packed);
  reads.push(read - started);
  takes.push(performance.now() - read);
  if (round > 0) blocks.push(turns.longest());
  sharedMiB = sharedBytes(packed) / 2 ** 20;
  if (round === 0) firstMiB = (await settled()) - before;
}
turns.stop();
const result: LoadFigures = {
  readMs: median(reads),
  takeMs: median(takes),
  longestBlockMs: Math.max(...blocks),
  sharedMiB,
  firstMiB,
  allRoundsMiB: (await settled()) - before,
};
console.log(JSON.stringify(result));
connection.stream.destroy();
await analyzer.close();
