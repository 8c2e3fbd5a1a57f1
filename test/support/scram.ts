import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { cstr, frame, i32, text } from './bytes.ts';
import type { RawPeer } from './raw-peer.ts';

/** A client's side of SCRAM-SHA-256 for tests, straight from RFC 5802, apart from the code under test. */
export type ScramLogin = {
  readonly password: string;
  readonly mechanism?: string;
  /** `n,,` | `y,,` | `p=tls-server-end-point,,` */
  readonly gs2Header?: string;
  readonly bindingData?: Buffer;
  readonly nonce?: string;
};

const mac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** The client's final message for a server's first one, and the server signature to expect. */
export function scramFinal(login: ScramLogin, clientFirstBare: string, serverFirst: string) {
  const attributes = new Map(serverFirst.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
  const salt = Buffer.from(attributes.get('s') ?? '', 'base64');
  const salted = pbkdf2Sync(login.password, salt, Number(attributes.get('i')), 32, 'sha256');
  const binding = Buffer.concat([text(login.gs2Header ?? 'n,,'), login.bindingData ?? Buffer.alloc(0)]);
  const withoutProof = `c=${binding.toString('base64')},r=${attributes.get('r')}`;
  const authMessage = `${clientFirstBare},${serverFirst},${withoutProof}`;
  const clientKey = mac(salted, 'Client Key');
  const signature = mac(createHash('sha256').update(clientKey).digest(), authMessage);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature.readUInt8(index)));
  return {
    message: `${withoutProof},p=${proof.toString('base64')}`,
    serverFinal: `v=${mac(mac(salted, 'Server Key'), authMessage).toString('base64')}`,
  };
}

/**
 * Answers AuthenticationSASL, which has been read already, and AuthenticationSASLContinue.
 * @returns the server's first message and what its final one must be; nothing is read behind the client's final message
 */
export async function answerScram(peer: RawPeer, login: ScramLogin) {
  const bare = `n=,r=${login.nonce ?? 'rOprNGfwEbeRWgbNEkqO'}`;
  const first = text(`${login.gs2Header ?? 'n,,'}${bare}`);
  peer.send(frame('p', cstr(login.mechanism ?? 'SCRAM-SHA-256'), i32(first.length), first));
  const serverFirst = (await peer.readMessage()).toString('utf8', 9);
  const final = scramFinal(login, bare, serverFirst);
  peer.send(frame('p', text(final.message)));
  return { serverFirst, serverFinal: final.serverFinal };
}
