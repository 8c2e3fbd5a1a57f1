import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeSelfSigned, type SelfSigned } from '../../../proxy/auth/self-signed.ts';
import { makeTlsIdentity, type TlsIdentity } from '../../../proxy/auth/tls-identity.ts';
import { cstr, frame, hex, i8, i16, i32, packet, sslRequest, startup, text } from '../../support/bytes.ts';
import type { RawPeer } from '../../support/raw-peer.ts';
import { answerScram } from '../../support/scram.ts';
import { type AcceptFixture, endPointOf, startAccepting } from './accept-fixture.ts';

const saslOffer = frame('R', i32(10), cstr('SCRAM-SHA-256-PLUS'), cstr('SCRAM-SHA-256'), i8(0));
const developer = startup({ user: 'developer' });
const alpn = { ALPNProtocols: ['postgresql'] };
const plus = { password: 'pencil', mechanism: 'SCRAM-SHA-256-PLUS', gs2Header: 'p=tls-server-end-point,,' };

let pem: SelfSigned;
let identity: TlsIdentity;
let fixture: AcceptFixture;
beforeAll(async () => {
  pem = await makeSelfSigned({ nowMs: Date.now });
  identity = makeTlsIdentity(pem);
});
afterEach(async () => fixture.close());

async function secure(how: 'direct' | 'negotiated', options = alpn): Promise<RawPeer> {
  fixture = await startAccepting({ tls: () => identity, requireTls: true });
  return fixture.connectTls(options, how);
}

describe('TLS', () => {
  it.each(['negotiated', 'direct'] as const)('%s: login inside, with channel binding on offer', async (how) => {
    const peer = await secure(how);
    peer.send(developer);
    expect(await peer.readMessage()).toEqual(saslOffer);
    const { serverFinal } = await answerScram(peer, { password: 'pencil' });
    expect(await peer.readMessage()).toEqual(frame('R', i32(12), text(serverFinal)));
    expect(await fixture.accepted()).toMatchObject({ kind: 'client', tls: true, address: '127.0.0.1' });
    expect(fixture.events()).toMatchObject([{ type: 'login.accepted', data: { tls: true } }]);
  });

  it('is not begun when bytes were sent behind SSLRequest (CVE-2021-23222)', async () => {
    fixture = await startAccepting({ tls: () => identity });
    const peer = await fixture.connect();
    peer.send(sslRequest, developer);
    const answer = await peer.readToEnd();
    expect(answer.toString()).toMatch(/^E.*SFATAL\0VFATAL\0C08P01\0Mreceived unencrypted data after SSL request\0\0$/s);
  });

  it('cannot be asked for again inside TLS', async () => {
    const peer = await secure('negotiated');
    peer.send(sslRequest);
    expect((await peer.readToEnd()).toString()).toContain('unsupported frontend protocol 1234.5679');
  });

  it('carries a CancelRequest', async () => {
    const peer = await secure('direct');
    peer.send(packet(hex('04d2162e'), i32(5), hex('0a0b0c0d')));
    expect(await fixture.accepted()).toMatchObject({ kind: 'cancel', pid: 5, secret: hex('0a0b0c0d') });
  });

  it('is refused when direct and without ALPN', async () => {
    const peer = await secure('direct', { ALPNProtocols: [] });
    peer.send(developer);
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
  });

  it('is refused for another protocol of ALPN', async () => {
    fixture = await startAccepting({ tls: () => identity });
    await expect(fixture.connectTls({ ALPNProtocols: ['h2'] }, 'direct')).rejects.toThrow(/no application protocol/);
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
  });

  it('closes at a handshake that is none', async () => {
    fixture = await startAccepting({ tls: () => identity });
    const peer = await fixture.connect();
    peer.send(hex('160301000401000000ffffffffffffffff'));
    await peer.readToEnd();
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
  });

  it('ends with the login time-out when the handshake does not go on', async () => {
    fixture = await startAccepting({ tls: () => identity });
    const peer = await fixture.connect();
    peer.send(sslRequest);
    expect(await peer.read(1)).toEqual(text('S'));
    fixture.timers.fire(15_000);
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
    expect(await fixture.accepted()).toEqual({ kind: 'closed' });
  });

  it('shows a renewed certificate to the next connection', async () => {
    let current = identity;
    fixture = await startAccepting({ tls: () => current });
    const renewed = await makeSelfSigned({ nowMs: Date.now });
    current = makeTlsIdentity(renewed);
    const peer = await fixture.connectTls(alpn, 'direct');
    peer.send(developer);
    await peer.readMessage();
    const { serverFinal } = await answerScram(peer, { ...plus, bindingData: endPointOf(renewed.cert) });
    expect(await peer.readMessage()).toEqual(frame('R', i32(12), text(serverFinal)));
  });
});

describe('channel binding', () => {
  it('lets in who is bound to our certificate', async () => {
    const peer = await secure('negotiated');
    peer.send(developer);
    await peer.readMessage();
    const { serverFinal } = await answerScram(peer, { ...plus, bindingData: endPointOf(pem.cert) });
    expect(await peer.readMessage()).toEqual(frame('R', i32(12), text(serverFinal)));
    expect(fixture.events()).toMatchObject([{ data: { mechanism: 'SCRAM-SHA-256-PLUS' } }]);
  });

  it.each([
    [
      'is bound to another certificate',
      { ...plus, bindingData: Buffer.alloc(32) },
      'SCRAM channel binding check failed',
    ],
    [
      'was told that there is none',
      { password: 'pencil', gs2Header: 'y,,' },
      'SCRAM channel binding negotiation error',
    ],
  ])('refuses who %s', async (_, login, message) => {
    const peer = await secure('negotiated');
    peer.send(developer);
    await peer.readMessage();
    // A client whose first message is refused at once has no first message of the server to answer.
    await answerScram(peer, login).catch(() => undefined);
    const rest = (await peer.readToEnd()).toString();
    expect(fixture.events()).toMatchObject([{ type: 'login.refused', data: { reason: message } }]);
    expect(rest === '' || rest.includes('C28000\0')).toBe(true);
  });

  it.each(['n,,', 'y,,'])('refuses SCRAM-SHA-256-PLUS without binding data (%s)', async (gs2Header) => {
    const peer = await secure('negotiated');
    peer.send(developer);
    await peer.readMessage();
    const first = text(`${gs2Header}n=,r=abc`);
    peer.send(frame('p', cstr('SCRAM-SHA-256-PLUS'), i32(first.length), first));
    expect((await peer.readToEnd()).toString()).toContain('C08P01\0');
  });

  it('is not expected of a `y` client on a plain connection', async () => {
    fixture = await startAccepting({ tls: () => identity });
    const peer = await fixture.connect();
    peer.send(developer);
    expect(await peer.readMessage()).toEqual(frame('R', i32(10), cstr('SCRAM-SHA-256'), i8(0)));
    const { serverFinal } = await answerScram(peer, { password: 'pencil', gs2Header: 'y,,' });
    expect(await peer.readMessage()).toEqual(frame('R', i32(12), text(serverFinal)));
  });

  it('knows the version of the protocol inside TLS as outside', async () => {
    const peer = await secure('direct');
    peer.send(packet(i16(2), i16(0), i8(0)));
    expect((await peer.readToEnd()).toString()).toContain('unsupported frontend protocol 2.0');
  });
});
