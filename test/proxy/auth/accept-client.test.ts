import { afterEach, describe, expect, it } from 'vitest';
import type { AcceptDeps } from '../../../proxy/auth/accept-client.ts';
import { auditUnavailable } from '../../../proxy/wire/pg-error.ts';
import {
  cstr,
  frame,
  gssRequest,
  hex,
  i8,
  i16,
  i32,
  packet,
  singleBytes,
  sslRequest,
  startup,
  text,
} from '../../support/bytes.ts';
import type { RawPeer } from '../../support/raw-peer.ts';
import { answerScram } from '../../support/scram.ts';
import { type AcceptFixture, startAccepting } from './accept-fixture.ts';

const saslOffer = frame('R', i32(10), cstr('SCRAM-SHA-256'), i8(0));
const ok = hex('52 00000008 00000000');
const developer = startup({ user: 'developer', database: 'shop', application_name: 'test' });

let fixture: AcceptFixture;
afterEach(async () => fixture.close());

async function open(overrides: Partial<AcceptDeps> = {}): Promise<RawPeer> {
  fixture = await startAccepting(overrides);
  return fixture.connect();
}

function fatal(sqlstate: string, message: string, hint?: string): Buffer {
  const fields = ['SFATAL', 'VFATAL', `C${sqlstate}`, `M${message}`, ...(hint === undefined ? [] : [`H${hint}`])];
  return frame('E', ...fields.map(cstr), i8(0));
}

describe('start-up', () => {
  it('offers SCRAM-SHA-256, whether the packet comes whole or in single bytes', async () => {
    const whole = await open();
    whole.send(developer);
    expect(await whole.read(saslOffer.length)).toEqual(saslOffer);
    const slow = await fixture.connect();
    for (const byte of singleBytes(developer)) slow.send(byte);
    expect(await slow.read(saslOffer.length)).toEqual(saslOffer);
  });

  it('answers SSLRequest and GSSENCRequest with N, in either order, and goes on', async () => {
    const peer = await open();
    peer.send(gssRequest);
    expect(await peer.read(1)).toEqual(text('N'));
    peer.send(sslRequest);
    expect(await peer.read(1)).toEqual(text('N'));
    peer.send(developer);
    expect(await peer.readMessage()).toEqual(saslOffer);
  });

  it('refuses to be asked for TLS twice, as PostgreSQL does', async () => {
    const peer = await open();
    peer.send(sslRequest);
    expect(await peer.read(1)).toEqual(text('N'));
    peer.send(sslRequest);
    const message = 'unsupported frontend protocol 1234.5679: server supports 3.0 to 3.2';
    expect(await peer.readToEnd()).toEqual(fatal('0A000', message));
  });

  it.each([
    ['2.0', packet(i16(2), i16(0), cstr('whatever'))],
    ['4.0', packet(i16(4), i16(0), cstr('user'), cstr('developer'), i8(0))],
  ])('refuses protocol %s', async (version, bytes) => {
    const peer = await open();
    peer.send(bytes);
    const message = `unsupported frontend protocol ${version}: server supports 3.0 to 3.2`;
    expect(await peer.readToEnd()).toEqual(fatal('0A000', message));
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
  });

  it.each([
    ['HTTP', text('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a length of 0', hex('00000000 00030000')],
    ['a length below a packet’s smallest', hex('00000007 000300')],
    ['a length above 10,004', hex('00002715 00030000')],
    ['a negative length', hex('ffffffff 00030000')],
    ['a TLS handshake, where TLS is not configured', hex('16030100')],
  ])('closes without a word at %s', async (_, bytes) => {
    const peer = await open();
    peer.send(bytes);
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
    expect(fixture.audit).toEqual([]);
  });

  it('is closed when the client goes in the middle of its packet', async () => {
    const peer = await open();
    peer.send(developer.subarray(0, 20));
    peer.end();
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
  });

  it.each([
    ['without its terminator', packet(i16(3), i16(0), cstr('user'), cstr('developer'))],
    ['cut inside a value', packet(i16(3), i16(0), cstr('user'), text('developer'))],
    ['that goes on behind its terminator', packet(i16(3), i16(0), cstr('user'), cstr('x'), i8(0), cstr('y'))],
    ['without even a terminator', packet(i16(3), i16(0))],
  ])('refuses a packet %s', async (_, bytes) => {
    const peer = await open();
    peer.send(bytes);
    const message = 'invalid startup packet layout: expected terminator as last byte';
    expect(await peer.readToEnd()).toEqual(fatal('08P01', message));
  });

  it('speaks 3.2 without negotiation', async () => {
    const peer = await open();
    peer.send(startup({ user: 'developer' }, 2));
    expect(await peer.readMessage()).toEqual(saslOffer);
    await answerScram(peer, { password: 'pencil' });
    expect(await fixture.accepted()).toMatchObject({ kind: 'client', protocolMinor: 2 });
  });

  it('offers 3.2 to a client that asks for more, and names the options that it does not know', async () => {
    const peer = await open();
    peer.send(startup({ user: 'developer', '_pq_.test': '1', '_pq_.more': '' }, 9999));
    const expected = frame('v', hex('00030002'), i32(2), cstr('_pq_.test'), cstr('_pq_.more'));
    expect(await peer.read(expected.length)).toEqual(expected);
    await peer.readMessage();
    await answerScram(peer, { password: 'pencil' });
    const accepted = await fixture.accepted();
    expect(accepted).toMatchObject({ protocolMinor: 2 });
    expect(accepted.kind === 'client' && [...accepted.parameters]).toEqual([
      ['user', 'developer'],
      ['database', 'developer'],
    ]);
  });

  it('names an unknown option to a client of 3.0 without leaving 3.0', async () => {
    const peer = await open();
    peer.send(startup({ user: 'developer', '_pq_.test': '1' }));
    expect(await peer.readMessage()).toEqual(frame('v', hex('00030000'), i32(1), cstr('_pq_.test')));
  });

  it.each([
    ['4 bytes', hex('01020304')],
    ['32 bytes', Buffer.alloc(32, 7)],
  ])('gives a CancelRequest with a key of %s and closes without a reply', async (_, secret) => {
    const peer = await open();
    peer.send(packet(hex('04d2162e'), i32(-9), secret));
    const accepted = await fixture.accepted();
    expect(accepted).toMatchObject({ kind: 'cancel', pid: -9, secret });
    if (accepted.kind === 'cancel') accepted.done();
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
    expect(fixture.timers.waiting).toEqual([]);
  });

  it('closes a cancel connection even when nobody says that it is done', async () => {
    const peer = await open();
    peer.send(packet(hex('04d2162e'), i32(1), hex('01020304')));
    await fixture.accepted();
    fixture.timers.fire(1000);
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['0', hex('')],
    ['257', Buffer.alloc(257)],
  ])('closes without an answer at a CancelRequest with a key of %s bytes', async (_, secret) => {
    const peer = await open();
    peer.send(packet(hex('04d2162e'), i32(1), secret));
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
  });
});

describe('what is refused before a password is asked for', () => {
  type Refused = {
    readonly what: string;
    readonly parameters: Record<string, string>;
    readonly expected: readonly [string, string, string?];
  };
  const refused: readonly Refused[] = [
    {
      what: 'a packet without a user',
      parameters: { database: 'x' },
      expected: ['28000', 'no PostgreSQL user name specified in startup packet'],
    },
    ...['true', 'database', '1', 'on', 'yes'].map(
      (replication): Refused => ({
        what: `replication=${replication}`,
        parameters: { user: 'developer', replication },
        expected: [
          '0A000',
          'replication is not supported by stepward',
          'connect without the parameter "replication", or to PostgreSQL directly',
        ],
      }),
    ),
    ...['LATIN1', 'sjis', 'WIN1252'].map(
      (encoding): Refused => ({
        what: `client_encoding=${encoding}`,
        parameters: { user: 'developer', client_encoding: encoding },
        expected: [
          '0A000',
          `client encoding "${encoding}" is not supported by stepward`,
          'set client_encoding (or PGCLIENTENCODING) to UTF8',
        ],
      }),
    ),
  ];
  it.each(refused)('$what', async ({ parameters, expected }) => {
    const peer = await open();
    peer.send(startup(parameters));
    expect(await peer.readToEnd()).toEqual(fatal(...expected));
    expect(fixture.events()).toMatchObject([{ type: 'login.refused', data: { reason: expected[1] } }]);
  });

  it('a plain connection where TLS is required', async () => {
    const peer = await open({ requireTls: true });
    peer.send(developer);
    const message = 'no encryption: this server accepts TLS connections only';
    expect(await peer.readToEnd()).toEqual(fatal('28000', message, 'connect with sslmode=require or stricter'));
    expect(fixture.events()).toMatchObject([{ type: 'login.refused', data: { reason: message, tls: false } }]);
  });

  it.each(['false', 'off', '0', 'no'])('but not replication=%s', async (replication) => {
    const peer = await open();
    peer.send(startup({ user: 'developer', replication }));
    expect(await peer.readMessage()).toEqual(saslOffer);
  });

  it.each(['utf-8', 'UTF8', 'Unicode', 'SQL_ASCII'])(
    'and not client_encoding=%s, which becomes UTF8',
    async (encoding) => {
      const peer = await open();
      peer.send(startup({ user: 'developer', client_encoding: encoding }));
      expect(await peer.readMessage()).toEqual(saslOffer);
      await answerScram(peer, { password: 'pencil' });
      const accepted = await fixture.accepted();
      expect(accepted.kind === 'client' && accepted.parameters.get('client_encoding')).toBe('UTF8');
    },
  );
});

describe('SCRAM', () => {
  const wrongPassword = fatal('28P01', 'password authentication failed for user "developer"');

  it('lets in who proves the password, and proves itself', async () => {
    const peer = await open();
    peer.send(developer);
    await peer.readMessage();
    const { serverFinal } = await answerScram(peer, { password: 'pencil' });
    expect(await peer.readMessage()).toEqual(frame('R', i32(12), text(serverFinal)));
    expect(await peer.readMessage()).toEqual(ok);
    expect(await fixture.accepted()).toMatchObject({
      kind: 'client',
      tls: false,
      address: '127.0.0.1',
      person: { id: 'developer', groups: ['staff'] },
      protocolMinor: 0,
    });
    expect(fixture.audit).toEqual([
      {
        kind: 'event',
        atMs: 1_700_000_000_000,
        type: 'login.accepted',
        subject: {
          principal: 'developer',
          groups: ['staff'],
          address: '127.0.0.1',
          application: 'test',
          database: 'shop',
        },
        data: { mechanism: 'SCRAM-SHA-256', user: 'developer', tls: false },
      },
    ]);
    expect(fixture.timers.waiting).toEqual([]);
  });

  it('loses no byte that the client sends behind its last message', async () => {
    const peer = await open();
    peer.send(developer);
    await peer.readMessage();
    await answerScram(peer, { password: 'pencil' });
    const query = frame('Q', cstr('SELECT 1'));
    peer.send(query);
    const accepted = await fixture.accepted();
    if (accepted.kind !== 'client') throw new Error(accepted.kind);
    let received = accepted.leftover;
    accepted.stream.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
    });
    peer.end();
    await new Promise((resolve) => accepted.stream.once('end', resolve).resume());
    expect(received).toEqual(query);
  });

  it('refuses a wrong password', async () => {
    const peer = await open();
    peer.send(developer);
    await peer.readMessage();
    await answerScram(peer, { password: 'pen' });
    expect(await peer.readToEnd()).toEqual(wrongPassword);
    expect(fixture.events()).toMatchObject([{ type: 'login.refused', data: { reason: 'wrong password' } }]);
  });

  it('shows the same to somebody whom it does not know: same messages, same salt each time', async () => {
    const attempt = async (user: string) => {
      const peer = await fixture.connect();
      peer.send(startup({ user }));
      await peer.readMessage();
      const { serverFirst } = await answerScram(peer, { password: 'pencil' });
      expect(await peer.readToEnd()).toEqual(fatal('28P01', `password authentication failed for user "${user}"`));
      return serverFirst.replace(/^r=[^,]+,/, '');
    };
    fixture = await startAccepting();
    const first = await attempt('nobody');
    expect(first).toMatch(/^s=[A-Za-z0-9+/]{22}==,i=4096$/);
    expect(await attempt('nobody')).toBe(first);
    expect(await attempt('somebody')).not.toBe(first);
    expect(fixture.events().map(({ data }) => data['reason'])).toEqual([
      'unknown user',
      'unknown user',
      'unknown user',
    ]);
  });

  it('refuses the right password after too many wrong ones, with the same words', async () => {
    fixture = await startAccepting();
    for (const password of ['a', 'b', 'c', 'pencil']) {
      const peer = await fixture.connect();
      peer.send(developer);
      await peer.readMessage();
      await answerScram(peer, { password });
      expect(await peer.readToEnd()).toEqual(wrongPassword);
    }
    expect(fixture.events().at(-1)).toMatchObject({ type: 'login.refused', data: { reason: 'too many failures' } });
  });

  it('counts parallel tries before any of them is answered', async () => {
    fixture = await startAccepting();
    const peers = await Promise.all(Array.from({ length: 6 }, () => fixture.connect()));
    await Promise.all(
      peers.map(async (peer) => {
        peer.send(developer);
        await peer.readMessage();
        await answerScram(peer, { password: 'wrong' });
        await peer.readToEnd();
      }),
    );
    const reasons = fixture.events().map(({ data }) => data['reason']);
    expect(reasons.filter((reason) => reason === 'wrong password')).toHaveLength(3);
    expect(reasons.filter((reason) => reason === 'too many failures')).toHaveLength(3);
  });

  it('lets nobody in whose login cannot be recorded', async () => {
    const peer = await open({ audit: { append: () => Promise.reject(auditUnavailable()) } });
    peer.send(developer);
    await peer.readMessage();
    await answerScram(peer, { password: 'pencil' });
    const answer = await peer.readToEnd();
    expect(answer.toString()).toContain('C58030\0');
    expect(answer.toString()).toContain('SFATAL\0');
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
  });

  it('tells nothing of an internal error but its incident', async () => {
    const peer = await open({
      people: {
        find: () => {
          throw new Error('secret detail');
        },
        mockSecret: Buffer.alloc(1),
      },
    });
    peer.send(developer);
    await peer.readMessage();
    const first = text('n,,n=,r=abc');
    peer.send(frame('p', cstr('SCRAM-SHA-256'), i32(first.length), first));
    const answer = (await peer.readToEnd()).toString();
    expect(answer).toContain('CXX000\0');
    expect(answer).toContain('incident-1');
    expect(answer).not.toContain('secret detail');
  });

  it('says nothing of a client that goes to ask for its password', async () => {
    const peer = await open();
    peer.send(developer);
    await peer.readMessage();
    peer.end();
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
    expect(fixture.audit).toEqual([]);
  });

  it.each([
    ['another message than a password', frame('Q', cstr('SELECT 1'))],
    ['an unknown mechanism', frame('p', cstr('PLAIN'), i32(0))],
    ['a mechanism that was not offered', frame('p', cstr('SCRAM-SHA-256-PLUS'), i32(11), text('y,,n=,r=abc'))],
    ['a message above the limit', Buffer.concat([text('p'), i32(1029)])],
    ['a wrong length of data', frame('p', cstr('SCRAM-SHA-256'), i32(12), text('n,,n=,r=abc'))],
    ['no data', frame('p', cstr('SCRAM-SHA-256'), i32(-1))],
    ['an authorization identity', frame('p', cstr('SCRAM-SHA-256'), i32(18), text('n,a=root,n=,r=abcd'))],
    ['a mandatory extension', frame('p', cstr('SCRAM-SHA-256'), i32(15), text('n,,m=x,n=,r=abc'))],
    [
      'a binding flag without a binding',
      frame('p', cstr('SCRAM-SHA-256'), i32(33), text('p=tls-server-end-point,,n=,r=abcd')),
    ],
  ])('refuses %s with a protocol violation', async (_, bytes) => {
    const peer = await open();
    peer.send(developer);
    await peer.readMessage();
    peer.send(bytes);
    expect((await peer.readToEnd()).toString()).toContain('C08P01\0');
    expect(fixture.events()).toMatchObject([{ type: 'login.refused' }]);
  });
});

describe('the login time-out', () => {
  it('closes without a word before the start-up packet', async () => {
    const peer = await open();
    peer.send(sslRequest);
    await peer.read(1);
    fixture.timers.fire(15_000);
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
    expect(fixture.audit).toEqual([]);
  });

  it('says so to a client that does not answer, and is recorded', async () => {
    const peer = await open();
    peer.send(developer);
    await peer.readMessage();
    fixture.timers.fire(15_000);
    expect(await peer.readToEnd()).toEqual(fatal('57014', 'canceling authentication due to timeout'));
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
    expect(fixture.events()).toMatchObject([{ type: 'login.refused', data: { reason: 'time-out' } }]);
  });
});
