import { cstr, frame, hex, i16, i32, packet, text } from '../support/bytes.ts';

/** Words of a message line: `"quoted as JSON"`, `\x00ff` bytes, `null`, and plain words. */
export type Word = { readonly kind: 'text' | 'bytes' | 'null' | 'plain'; readonly text: string };

export function splitWords(line: string): readonly Word[] {
  return [...line.matchAll(/"(?:[^"\\]|\\.)*"|\S+/g)].map(([word]): Word => {
    if (word.startsWith('"')) return { kind: 'text', text: String(JSON.parse(word)) };
    if (word.startsWith('\\x')) return { kind: 'bytes', text: word.slice(2) };
    return { kind: word === 'null' ? 'null' : 'plain', text: word };
  });
}

/**
 * The bytes of a frontend message, written without the encoders of the code under test.
 *
 *     Query "SELECT 1"                      Parse "name" "SELECT $1" 23
 *     Bind "portal" "name" formats 1 values \x00000001 null results 0 1
 *     Describe S "name"                     Close P "portal"
 *     Execute "portal" 10                   CopyData "1\n"      CopyDone      CopyFail "why"
 *     FunctionCall 1598 formats 0 values "1" result 0
 *     StartupMessage 3.2 user=ada           SSLRequest          GSSENCRequest
 *     CancelRequest 4711 \x00000000         Frame Q \x00        Bytes \x51000000
 */
export function encodeMessage(line: string): Buffer {
  const [{ text: name } = { text: '' }, ...words] = splitWords(line);
  const [first = '', second = ''] = words.map((word) => word.text);
  switch (name) {
    case 'Query':
      return frame('Q', cstr(first));
    case 'Parse':
      return frame('P', cstr(first), cstr(second), numbers(words.slice(2), i32));
    case 'Bind':
      return bind(words);
    case 'Describe':
      return frame('D', text(first), cstr(second));
    case 'Close':
      return frame('C', text(first), cstr(second));
    case 'Execute':
      return frame('E', cstr(first), i32(Number(second)));
    case 'Flush':
      return frame('H');
    case 'Sync':
      return frame('S');
    case 'Terminate':
      return frame('X');
    case 'CopyData':
      return frame('d', bytesOf(words[0]));
    case 'CopyDone':
      return frame('c');
    case 'CopyFail':
      return frame('f', cstr(first));
    case 'FunctionCall':
      return functionCall(words);
    case 'StartupMessage':
      return startupMessage(first, words.slice(1));
    case 'SSLRequest':
      return packet(i32(80_877_103));
    case 'GSSENCRequest':
      return packet(i32(80_877_104));
    case 'CancelRequest':
      return packet(i32(80_877_102), i32(Number(first)), bytesOf(words[1]));
    case 'Frame':
      return frame(first, ...words.slice(1).map(bytesOf));
    case 'Bytes':
      return Buffer.concat(words.map(bytesOf));
    default:
      throw new Error(`no message: ${line}`);
  }
}

function bytesOf(word: Word | undefined): Buffer {
  return word?.kind === 'bytes' ? hex(word.text) : text(word?.text ?? '');
}

/** A count of 16 bits and that many numbers. */
function numbers(words: readonly Word[], encode: (value: number) => Buffer): Buffer {
  return Buffer.concat([i16(words.length), ...words.map((word) => encode(Number(word.text)))]);
}

/** The words behind `formats`, `values`, `results`, up to the next of these. */
function section(words: readonly Word[], name: string): readonly Word[] {
  const start = words.findIndex((word) => word.kind === 'plain' && word.text === name);
  if (start < 0) return [];
  const behind = words.slice(start + 1);
  const end = behind.findIndex((word) => word.kind === 'plain' && /^(?:formats|values|results?)$/.test(word.text));
  return end < 0 ? behind : behind.slice(0, end);
}

function values(words: readonly Word[]): Buffer {
  const encoded = words.map((word) => {
    if (word.kind === 'null') return i32(-1);
    const bytes = bytesOf(word);
    return Buffer.concat([i32(bytes.length), bytes]);
  });
  return Buffer.concat([i16(words.length), ...encoded]);
}

function bind(words: readonly Word[]): Buffer {
  const [portal, statement] = words;
  return frame(
    'B',
    cstr(portal?.text ?? ''),
    cstr(statement?.text ?? ''),
    numbers(section(words, 'formats'), i16),
    values(section(words, 'values')),
    numbers(section(words, 'results'), i16),
  );
}

function functionCall(words: readonly Word[]): Buffer {
  return frame(
    'F',
    i32(Number(words[0]?.text)),
    numbers(section(words, 'formats'), i16),
    values(section(words, 'values')),
    i16(Number(section(words, 'result')[0]?.text ?? 0)),
  );
}

function startupMessage(version: string, words: readonly Word[]): Buffer {
  const [major, minor] = version.split('.').map(Number);
  const fields = words.map((word) => {
    const [name, ...value] = word.text.split('=');
    return Buffer.concat([cstr(name ?? ''), cstr(value.join('=').replaceAll('~', ' '))]);
  });
  return packet(i16(major ?? 3), i16(minor ?? 0), ...fields, i16(0).subarray(1));
}
