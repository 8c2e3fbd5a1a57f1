import { afterEach, describe, expect, it, vi } from 'vitest';
import { SupervisedWorker } from '../../../../policy/access/supervised-worker.ts';

/** A thread that answers with what it is told, and hangs, dies or calls itself broken on request. */
const SCRIPT = `
import { parentPort } from 'node:worker_threads';
let greeted = 'nobody';
parentPort.on('message', (message) => {
  if (message === 'hang') for (;;);
  if (message === 'die') process.exit(3);
  if (message === 'grow') for (const all = []; ; ) all.push(new Array(1_000_000).fill(all.length));
  if (message === 'throw') throw new Error('trap');
  if (message === 'broken') return parentPort.postMessage({ broken: 'overflow' });
  if (message.greeting) greeted = message.greeting;
  parentPort.postMessage({ echo: message, greeted });
});
parentPort.postMessage('ready');
`;

const replaced: string[] = [];
const open: SupervisedWorker[] = [];

function start(
  script: string,
  { maxQueued = 10, idleMs }: { maxQueued?: number; idleMs?: number } = {},
): SupervisedWorker {
  const worker = new SupervisedWorker({
    url: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    name: 'test',
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    startDeadlineMs: 10_000,
    maxQueued,
    ...(idleMs !== undefined && { idleMs }),
    greeting: () => ({ greeting: 'hello' }),
    onReplaced: (why) => replaced.push(why),
  });
  open.push(worker);
  return worker;
}

afterEach(async () => {
  replaced.length = 0;
  for (const worker of open.splice(0)) await worker.close();
});

const echo = (message: string) => ({ kind: 'answered', value: { echo: message, greeted: 'hello' } });

describe('a supervised worker', () => {
  it('answers in order, and tells a thread its greeting before anything else', async () => {
    const worker = start(SCRIPT);
    expect(await Promise.all([worker.ask('a', 5000), worker.ask('b', 5000)])).toEqual([echo('a'), echo('b')]);
    expect(replaced).toEqual([]);
  });

  it('ends a thread that may not be idle for longer, and starts another one for the next request', async () => {
    const worker = start(SCRIPT, { idleMs: 1 });
    expect(worker.isReady).toBe(false);
    expect(await worker.ask('a', 5000)).toEqual(echo('a'));
    await vi.waitFor(() => expect(worker.isReady).toBe(false));
    expect(await worker.ask('b', 5000)).toEqual(echo('b'));
    expect(replaced).toEqual([]);
  });

  it('ends a request that hangs, and gives the ones behind it to a new thread', async () => {
    const worker = start(SCRIPT);
    const answers = await Promise.all([worker.ask('a', 5000), worker.ask('hang', 50), worker.ask('b', 5000)]);
    expect(answers).toEqual([echo('a'), { kind: 'timedOut' }, echo('b')]);
    expect(replaced).toEqual(['timedOut']);
  });

  it.each(['die', 'throw', 'broken'])('replaces a thread after "%s"', async (message) => {
    const worker = start(SCRIPT);
    const answers = await Promise.all([worker.ask(message, 5000), worker.ask('b', 5000)]);
    expect(answers).toEqual([{ kind: 'crashed' }, echo('b')]);
    expect(replaced).toEqual(['crashed']);
  });

  it('replaces a thread that needs more memory than it may have, and says so', async () => {
    const worker = start(SCRIPT);
    const answers = await Promise.all([worker.ask('grow', 20_000), worker.ask('b', 5000)]);
    expect(answers).toEqual([{ kind: 'outOfMemory' }, echo('b')]);
    expect(replaced).toEqual(['outOfMemory']);
  });

  it('makes way for a new thread once it is idle after a big task', async () => {
    const worker = start(SCRIPT);
    await worker.ask('a', 5000);
    worker.recycleWhenIdle(1);
    await vi.waitUntil(() => replaced.length > 0);
    expect(replaced).toEqual(['recycled']);
    expect(await worker.ask('b', 5000)).toEqual(echo('b'));
  });

  it('refuses what it has no room for', async () => {
    const worker = start(SCRIPT, { maxQueued: 1 });
    const first = worker.ask('a', 5000);
    expect(await worker.ask('b', 5000)).toEqual({ kind: 'overloaded' });
    expect(await first).toEqual(echo('a'));
  });

  it('answers "closed" to whoever still waits', async () => {
    const worker = start(SCRIPT);
    const waiting = worker.ask('a', 5000);
    await worker.close();
    expect(await waiting).toEqual({ kind: 'closed' });
    expect(await worker.ask('b', 5000)).toEqual({ kind: 'closed' });
  });

  it('does not start for ever a thread that cannot start', async () => {
    const worker = start('throw new Error("no such module")');
    await expect(worker.untilReady()).rejects.toThrow('could not be started');
    expect(await worker.ask('a', 5000)).toEqual({ kind: 'crashed' });
  });
});
