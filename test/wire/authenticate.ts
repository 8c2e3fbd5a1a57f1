import { cstr, frame, i32, text } from '../support/bytes.ts';
import { scramFinal } from '../support/scram.ts';
import type { WireConnection } from './connection.ts';

const NONCE = 'rOprNGfwEbeRWgbNEkqO';

/** A client's side of SCRAM-SHA-256, up to the client's last message: AuthenticationSASL has been read. */
export async function answerSasl(connection: WireConnection, password: string): Promise<void> {
  const bare = `n=,r=${NONCE}`;
  const first = text(`n,,${bare}`);
  connection.send(frame('p', cstr('SCRAM-SHA-256'), i32(first.length), first));
  const challenge = await connection.readMessage();
  if (!challenge) return;
  const final = scramFinal({ password }, bare, challenge.toString('utf8', 9));
  connection.send(frame('p', text(final.message)));
}
