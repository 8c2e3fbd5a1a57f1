import { once } from 'node:events';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frame } from '../support/bytes.ts';
import { describeMessages, openRawSession, query } from '../support/raw-session.ts';
import { eventually } from '../support/running-stepward.ts';
import {
  createInstallation,
  type Installation,
  processMemoryKib,
  type StepwardProcess,
} from '../support/stepward-process.ts';

/**
 * The whole proxy may grow by this much over one large transfer, whatever its size: V8 lets 64 MiB of buffers wait for its
 * collector.
 */
const MAX_GROWTH_MIB = 96;
const MIB = 1024 * 1024;
/** `STEPWARD_LARGE_MIB=1024` for the long form. */
const LARGE_MIB = Number(process.env['STEPWARD_LARGE_MIB'] ?? 300);

const hasProc = processMemoryKib(process.pid, 'VmHWM') !== undefined;
if (!hasProc) process.stderr.write('there is no /proc: the tests of memory under large transfers are skipped\n');

describe.skipIf(!hasProc)('memory under large transfers', { timeout: 120_000 }, () => {
  let installation: Installation;
  let stepward: StepwardProcess;
  beforeAll(async () => {
    installation = await createInstallation({ catalog: { refreshSeconds: 60 } });
    installation.permitEverything();
    await installation.shop.query(`
      CREATE TABLE big (body text);
      CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION wait_for_the_test();
      GRANT SELECT, INSERT ON big TO stepward_app`);
    stepward = await installation.start();
  });
  afterAll(async () => installation.remove());

  const peakMib = (): number => Math.round((processMemoryKib(stepward.pid, 'VmHWM') ?? 0) / 1024);
  const login = async () => openRawSession({ port: stepward.port, user: 'dba', database: installation.shop.database });
  const backends = async (condition: string): Promise<number> => {
    const rows = await installation.shop.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'stepward_app'
         AND datname = current_database() AND application_name <> 'stepward catalog' AND ${condition}`,
    );
    return Number(rows[0]?.['n']);
  };
  const untilBackends = async (condition: string, count: number): Promise<void> => {
    for (let tries = 0; (await backends(condition)) !== count; tries += 1) {
      if (tries > 500) throw new Error(`never ${count} backends with ${condition}`);
    }
  };

  it('stops upstream while a client does not read, holds next to nothing, and lets go when the client is gone', async () => {
    const session = await login();
    await session.ask(query("select repeat('x', 10) from generate_series(1, 10)"));
    const before = peakMib();
    const { socket } = session.peer;
    socket.removeAllListeners('data');
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    const hasReached = (mib: number): boolean => received >= mib * MIB;
    const reach = async (mib: number): Promise<void> => {
      while (!hasReached(mib)) await once(socket, 'data');
    };
    // Twice what is read: the end must not fit into what is buffered on the way.
    session.peer.send(query(`select repeat('x', 100000) from generate_series(1, ${LARGE_MIB * 20})`));
    await reach(LARGE_MIB / 3);
    socket.pause();
    await untilBackends("wait_event = 'ClientWrite'", 1);
    const stalledAt = peakMib();
    socket.resume();
    await reach(LARGE_MIB);
    socket.destroy();
    await untilBackends('true', 0);
    expect(stalledAt - before).toBeLessThan(MAX_GROWTH_MIB);
    expect(peakMib() - before).toBeLessThan(MAX_GROWTH_MIB);
    process.stderr.write(`large result: ${before} MiB before, ${stalledAt} stalled, ${peakMib()} at the end\n`);
    const completion = await eventually(() => {
      const row = stepward.audit().findLast((each) => each.kind === 'decision' && each.entry.text.includes('100000'));
      return row?.kind === 'decision' ? row.completion : undefined;
    });
    expect(completion.entry.outcome).not.toBe('done');
  });

  it('stops a client that copies in faster than upstream takes it', async () => {
    const session = await login();
    const before = peakMib();
    // The trigger of the first row waits for this lock, so that upstream takes no data.
    const lock = await lockHolder(installation);
    session.peer.send(query('copy big from stdin'));
    const begun = await session.readUntil('G');
    expect(describeMessages(begun)).toEqual(['G']);
    const { socket } = session.peer;
    const line = Buffer.concat([Buffer.alloc(MIB - 1, 0x78), Buffer.of(0x0a)]);
    const copyData = frame('d', line);
    let written = 0;
    let isReleased = false;
    let stalledAt = Infinity;
    while (written < LARGE_MIB) {
      written += 1;
      if (socket.write(copyData)) continue;
      if (!isReleased && (await isStalled(socket, async () => backends("wait_event_type = 'Lock'")))) {
        stalledAt = peakMib();
        await lock.release();
        isReleased = true;
      }
      if (socket.writableNeedDrain) await once(socket, 'drain');
    }
    expect(isReleased).toBe(true);
    expect(stalledAt - before).toBeLessThan(MAX_GROWTH_MIB);
    const done = await session.ask(frame('c'));
    expect(describeMessages(done)).toEqual([`C:COPY ${LARGE_MIB}`, 'Z:I']);
    expect(peakMib() - before).toBeLessThan(MAX_GROWTH_MIB);
    process.stderr.write(`large COPY: ${before} MiB before, ${peakMib()} at the end\n`);
    session.peer.end();
  });
});

/** Nothing of the socket's has moved over many looks at upstream, which waits for a lock. */
async function isStalled(
  socket: { readonly writableNeedDrain: boolean },
  look: () => Promise<number>,
): Promise<boolean> {
  for (let looks = 0; looks < 20; looks += 1) {
    const waiting = await look();
    if (!socket.writableNeedDrain) return false;
    if (waiting !== 1) looks = -1;
  }
  return true;
}

async function lockHolder(installation: Installation): Promise<{ release(): Promise<void> }> {
  const client = new Client({ ...installation.shop });
  await client.connect();
  await client.query('SELECT pg_advisory_lock(7)');
  return { release: async () => client.end() };
}
