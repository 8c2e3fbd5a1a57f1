import { cstr, frame, i16, i32, text } from '../../support/bytes.ts';

/** Frontend messages by PostgreSQL's letters, written without the encoder under test. */
export const query = (sql: string): Buffer => frame('Q', cstr(sql));
export const parse = (name: string, sql: string): Buffer => frame('P', cstr(name), cstr(sql), i16(0));
export const bind = (portal: string, statement: string): Buffer =>
  frame('B', cstr(portal), cstr(statement), i16(0), i16(0), i16(0));
export const execute = (portal: string, maxRows = 0): Buffer => frame('E', cstr(portal), i32(maxRows));
export const describeStatement = (name: string): Buffer => frame('D', text('S'), cstr(name));
export const describePortal = (name: string): Buffer => frame('D', text('P'), cstr(name));
export const closeStatement = (name: string): Buffer => frame('C', text('S'), cstr(name));
export const closePortal = (name: string): Buffer => frame('C', text('P'), cstr(name));
export const copyData = (data: string): Buffer => frame('d', text(data));
export const copyDone = frame('c');
export const copyFail = (reason: string): Buffer => frame('f', cstr(reason));
export const flush = frame('H');
export const sync = frame('S');
export const terminate = frame('X');
/** Parse, Bind, Execute of an unnamed statement, without Sync. */
export const run = (sql: string): Buffer => Buffer.concat([parse('', sql), bind('', ''), execute('')]);

/** A backend message as one short word: `C:SELECT 1`, `E:42501`, `Z:I`, `D:1,x`, else its letter. */
export function shorten(message: Buffer): string {
  const letter = message.toString('latin1', 0, 1);
  const payload = message.subarray(5);
  switch (letter) {
    case 'C':
      return `C:${payload.toString('utf8', 0, payload.length - 1)}`;
    case 'Z':
      return `Z:${payload.toString('latin1')}`;
    case 'E':
      return `E:${/\0C([0-9A-Z]{5})\0/.exec(payload.toString('latin1'))?.[1] ?? '?'}`;
    case 'D':
      return `D:${rowValues(payload).join(',')}`;
    case 'S':
      return `S:${payload.toString('utf8').split('\0').slice(0, 2).join('=')}`;
    default:
      return letter;
  }
}

function rowValues(payload: Buffer): readonly string[] {
  const values: string[] = [];
  let at = 2;
  for (let left = payload.readInt16BE(0); left > 0; left -= 1) {
    const length = payload.readInt32BE(at);
    values.push(length < 0 ? 'null' : payload.toString('utf8', at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return values;
}
