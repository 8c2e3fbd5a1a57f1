import { Client } from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newChallenge, type RunningStepward, startStepward, totpCode } from '../support/running-stepward.ts';

let stepward: RunningStepward;
beforeAll(async () => {
  stepward = await startStepward({ stepup: { timeoutSeconds: 60 } });
});
afterAll(async () => stepward.stop());

const lastId = (): number => stepward.audit().at(-1)?.id ?? 0;
const verdictsAfter = (id: number): readonly string[] =>
  stepward
    .audit()
    .flatMap((row) =>
      row.id > id && row.kind === 'decision' && row.entry.protocol === 'extended' ? [row.entry.verdict] : [],
    );

async function connect(user: string): Promise<Client> {
  const client = new Client(stepward.client(user));
  await client.connect();
  return client;
}

describe('node-postgres through stepward', () => {
  it('runs parameters and named statements again and again, one row for each execution', async () => {
    const client = await connect('developer');
    const before = lastId();
    try {
      for (const id of [1, 2, 3]) {
        const named = { name: 'by-id', text: 'select country from customers where id = $1', values: [id] };
        expect((await client.query(named)).rows).toEqual([{ country: ['BR', 'FR', 'IT'][id - 1] }]);
      }
      expect(verdictsAfter(before)).toEqual(['allow', 'allow', 'allow']);
    } finally {
      await client.end();
    }
  });

  it('goes on after a refusal, outside and inside of a transaction', async () => {
    const client = await connect('analyst');
    const refused = { code: '42501', message: 'permission denied for column "ssn" of table customers' };
    try {
      await expect(client.query('select ssn from customers where id = $1', [1])).rejects.toMatchObject(refused);
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await client.query('begin');
      await expect(client.query('select ssn from customers where id = $1', [1])).rejects.toMatchObject(refused);
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
      expect((await client.query('commit')).command).toBe('ROLLBACK');
      expect((await client.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
    } finally {
      await client.end();
    }
  });

  it('delivers notifications between sessions', async () => {
    const [listener, sender] = [await connect('developer'), await connect('developer')];
    try {
      const received = new Promise((resolve) => listener.once('notification', resolve));
      await listener.query('listen jobs');
      await sender.query("notify jobs, 'work'");
      expect(await received).toMatchObject({ channel: 'jobs', payload: 'work' });
    } finally {
      await listener.end();
      await sender.end();
    }
  });

  it('cancels a running statement with its own key, and no other session', async () => {
    const [running, other] = [await connect('developer'), await connect('developer')];
    try {
      const slow = running.query('select pg_sleep(30)');
      slow.catch(() => undefined);
      const key: unknown = Reflect.get(running, 'processID');
      const secret: unknown = Reflect.get(running, 'secretKey');
      const canceller = new Client(stepward.client('developer'));
      const wrong = new Client(stepward.client('developer'));
      await sendCancel(wrong, Number(key), Number(secret) ^ 1);
      const sibling = other.query('select pg_sleep(0.3), 7 as seven');
      await sendCancel(canceller, Number(key), Number(secret));
      await expect(slow).rejects.toMatchObject({ code: '57014' });
      expect((await sibling).rows).toMatchObject([{ seven: 7 }]);
    } finally {
      await running.end();
      await other.end();
    }
  });
});

/** A CancelRequest on a connection of its own, resolved when the server has closed it. */
async function sendCancel(client: Client, pid: number, secret: number): Promise<void> {
  const { connect: connectSocket } = await import('node:net');
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(80877102, 4);
  packet.writeInt32BE(pid, 8);
  packet.writeInt32BE(secret, 12);
  await new Promise((resolve) => {
    const socket = connectSocket({ host: '127.0.0.1', port: client.port }, () => socket.write(packet));
    socket.once('close', resolve);
    socket.resume();
  });
}

describe('postgres.js through stepward', () => {
  it('pipelines, with a refusal in the middle that leaves the others alone', async () => {
    const sql = postgres({ ...stepward.client('analyst'), username: 'analyst', max: 1 });
    try {
      const results = await Promise.allSettled([
        sql`select 1 as n`,
        sql`select name from customers where id = ${1}`,
        sql`select ssn from customers where id = ${1}`,
        sql`select 2 as n`,
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
      expect(results[2]).toMatchObject({ reason: { code: '42501' } });
    } finally {
      await sql.end();
    }
  });

  it('rolls a transaction back whose statement was refused', async () => {
    const sql = postgres({ ...stepward.client('developer'), username: 'developer', max: 1 });
    try {
      const work = sql.begin(async (transaction) => {
        await transaction`update products set stock = 999 where id = 1`;
        await transaction`select card_number from customers where id = 1`;
      });
      await expect(work).rejects.toMatchObject({ code: '42501' });
      expect(await sql`select stock from products where id = 1`).toEqual([{ stock: 31 }]);
    } finally {
      await sql.end();
    }
  });

  it('holds an Execute in a pipeline, and what comes behind it waits in order', async () => {
    const notices: postgres.Notice[] = [];
    const sql = postgres({
      ...stepward.client('developer'),
      username: 'developer',
      max: 1,
      onnotice: (notice) => notices.push(notice),
    });
    try {
      await sql`select 1`;
      const before = lastId();
      const order: string[] = [];
      const all = Promise.all([
        sql`select 1 as n`.then(() => order.push('first')),
        sql`select ssn from customers where id = ${1}`.then((rows) => order.push(String(rows[0]?.['ssn']))),
        sql`select 3 as n`.then(() => order.push('third')),
      ]);
      const challenge = await newChallenge(stepward, before);
      expect(order).toEqual(['first']);
      expect(notices[0]?.['message']).toContain('held until you confirm');
      expect(await stepward.confirm(challenge.id, totpCode())).toMatchObject({ outcome: 'confirmed' });
      await all;
      expect(order).toEqual(['first', '907-23-0001', 'third']);
      expect(verdictsAfter(before)).toEqual(['allow', 'hold', 'allow', 'allow']);
    } finally {
      await sql.end();
    }
  });

  it('does not hold a transaction that has written, and says what to do', async () => {
    const sql = postgres({ ...stepward.client('dba'), username: 'dba', max: 1 });
    try {
      const work = sql.begin(async (transaction) => {
        await transaction`update products set stock = 998 where id = 2`;
        await transaction`select salary from employees where id = 1`;
      });
      await expect(work).rejects.toMatchObject({
        code: '42501',
        message: 'a proof that it is you is needed to read employees.salary',
        hint: expect.stringContaining('Run the statement again after confirming'),
      });
    } finally {
      await sql.end();
    }
  });
});
