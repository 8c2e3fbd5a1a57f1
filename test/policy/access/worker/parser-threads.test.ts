import { afterEach, describe, expect, it } from 'vitest';
import { ParserThreads } from '../../../../policy/access/parser-threads.ts';
import { type Answer, SupervisedWorker } from '../../../../policy/access/supervised-worker.ts';

/** Says which thread it is and what it was told; `wait` keeps it busy until the hurdle is taken away. */
const SCRIPT = `
import { parentPort, workerData } from 'node:worker_threads';
let told = 'nothing';
parentPort.on('message', (message) => {
  if (message.tell) told = message.tell;
  if (message === 'wait') Atomics.wait(workerData.hurdle, 0, 0);
  parentPort.postMessage({ thread: workerData.name, told });
});
parentPort.postMessage('ready');
`;

const IN_TIME_MS = 20_000;
const open: { close(): unknown }[] = [];

function thread(name: string, hurdle: Int32Array, idleMs?: number): SupervisedWorker {
  return new SupervisedWorker({
    url: new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`),
    name,
    workerData: { name, hurdle },
    resourceLimits: {},
    startDeadlineMs: 20_000,
    maxQueued: 10,
    ...(idleMs === undefined ? {} : { idleMs }),
    greeting: () => undefined,
    onReplaced: () => undefined,
  });
}

function start(patienceMs: number, maxWaiting = 10) {
  const hurdle = new Int32Array(new SharedArrayBuffer(4));
  const second = thread('second', hurdle, 60_000);
  const threads = new ParserThreads({ first: thread('first', hurdle), second, patienceMs, maxWaiting });
  const release = (): void => {
    Atomics.store(hurdle, 0, 1);
    Atomics.notify(hurdle, 0);
  };
  open.push(threads);
  return { threads, second, release };
}

const ask =
  (message: unknown) =>
  (worker: SupervisedWorker): Promise<Answer> =>
    worker.ask(message, IN_TIME_MS);
const run = (threads: ParserThreads, message: unknown): Promise<Answer> =>
  threads.run(ask(message), { kind: 'overloaded' });
const by = (name: string, told = 'nothing') => ({ kind: 'answered', value: { thread: name, told } });

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('the threads of the parser', () => {
  it('are one, as long as nobody waits', async () => {
    const { threads, second } = start(60_000);
    await threads.untilReady();
    expect(await run(threads, 'a')).toEqual(by('first'));
    expect(await Promise.all([run(threads, 'b'), run(threads, 'c')])).toEqual([by('first'), by('first')]);
    expect(second.isRunning).toBe(false);
  });

  it('are two once a text keeps the first so long that another waits', async () => {
    const { threads, release } = start(1);
    const slow = run(threads, 'wait');
    expect(await run(threads, 'quick')).toEqual(by('second'));
    release();
    expect(await slow).toEqual(by('first'));
  });

  it('both know what they are told, and a text that comes later is read with it', async () => {
    const { threads, release } = start(1);
    const slow = run(threads, 'wait');
    await run(threads, 'quick');
    const told = threads.tell({ tell: 'news' }, IN_TIME_MS);
    expect(await run(threads, 'quick')).toEqual(by('second', 'news'));
    release();
    expect(await slow).toEqual(by('first'));
    expect(await told).toEqual(by('first', 'news'));
  });

  it('refuse what they have no room for', async () => {
    const { threads, release } = start(60_000, 1);
    await threads.untilReady();
    const slow = run(threads, 'wait');
    const waiting = run(threads, 'b');
    expect(await run(threads, 'c')).toEqual({ kind: 'overloaded' });
    release();
    await Promise.all([slow, waiting]);
  });

  it('answer "closed" to whoever still waits', async () => {
    const { threads } = start(60_000);
    await threads.untilReady();
    const asked = [run(threads, 'wait'), run(threads, 'b')];
    await threads.close();
    expect(await Promise.all(asked)).toEqual([{ kind: 'closed' }, { kind: 'closed' }]);
  });
});
