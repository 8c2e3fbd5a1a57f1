import { FRONTEND } from './frames.ts';
import { cstring, int32, message, uint16, uint8, untypedMessage } from './message-builder.ts';

/** Codes in the place of a protocol version. @see PostgreSQL manual, "Message Formats" */
export const CANCEL_REQUEST_CODE = 80_877_102;
export const SSL_REQUEST_CODE = 80_877_103;
export const GSSENC_REQUEST_CODE = 80_877_104;

const PROTOCOL_3_0 = 0x0003_0000;

export function encodeQuery(text: string): Buffer {
  return message(FRONTEND.query, cstring(text));
}

/** Leaves the types of all parameters to the server. */
export function encodeParse(name: string, text: string): Buffer {
  return message(FRONTEND.parse, cstring(name), cstring(text), uint16(0));
}

/** Without parameters, every result column as text. */
export function encodeBind(portal: string, statement: string): Buffer {
  return message(FRONTEND.bind, cstring(portal), cstring(statement), uint16(0), uint16(0), uint16(0));
}

/** @param maxRows 0 for no limit */
export function encodeExecute(portal: string, maxRows: number): Buffer {
  return message(FRONTEND.execute, cstring(portal), int32(maxRows));
}

export function encodeDescribe(target: 'S' | 'P', name: string): Buffer {
  return message(FRONTEND.describe, uint8(target.charCodeAt(0)), cstring(name));
}

export function encodeClose(target: 'S' | 'P', name: string): Buffer {
  return message(FRONTEND.close, uint8(target.charCodeAt(0)), cstring(name));
}

export function encodeSync(): Buffer {
  return message(FRONTEND.sync);
}

export function encodeFlush(): Buffer {
  return message(FRONTEND.flush);
}

export function encodeTerminate(): Buffer {
  return message(FRONTEND.terminate);
}

export function encodeCopyFail(reason: string): Buffer {
  return message(FRONTEND.copyFail, cstring(reason));
}

/** A StartupMessage of protocol 3.0. @param parameters `user` is needed, `database` wanted */
export function encodeStartup(parameters: ReadonlyMap<string, string>): Buffer {
  const fields = [...parameters].flatMap(([name, value]) => [cstring(name), cstring(value)]);
  return untypedMessage(int32(PROTOCOL_3_0), ...fields, uint8(0));
}

export function encodeSslRequest(): Buffer {
  return untypedMessage(int32(SSL_REQUEST_CODE));
}

/** @param pid as upstream gave it in BackendKeyData, signed; @param secret 4 bytes, up to 256 in protocol 3.2 */
export function encodeCancelRequest(pid: number, secret: Buffer): Buffer {
  return untypedMessage(int32(CANCEL_REQUEST_CODE), int32(pid), secret);
}
