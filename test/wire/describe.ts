/** Backend messages as lines of a script. What differs from run to run (pids, keys, OIDs of tables) is left out. */

const NAMES: Readonly<Record<string, string>> = {
  R: 'Authentication',
  K: 'BackendKeyData',
  '2': 'BindComplete',
  '3': 'CloseComplete',
  C: 'CommandComplete',
  d: 'CopyData',
  c: 'CopyDone',
  G: 'CopyInResponse',
  H: 'CopyOutResponse',
  D: 'DataRow',
  I: 'EmptyQueryResponse',
  E: 'ErrorResponse',
  V: 'FunctionCallResponse',
  v: 'NegotiateProtocolVersion',
  n: 'NoData',
  N: 'NoticeResponse',
  A: 'NotificationResponse',
  t: 'ParameterDescription',
  S: 'ParameterStatus',
  '1': 'ParseComplete',
  s: 'PortalSuspended',
  Z: 'ReadyForQuery',
  T: 'RowDescription',
};

/** Reads big-endian numbers and strings one after the other; a message that is cut short throws. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error('a message is cut short');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  number(byteCount: number): number {
    return this.take(byteCount).readIntBE(0, byteCount);
  }

  string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new Error('a string has no end');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  strings(count: number): readonly string[] {
    return Array.from({ length: count }, () => this.string());
  }

  numbers(count: number, byteCount: number): readonly number[] {
    return Array.from({ length: count }, () => this.number(byteCount));
  }

  value(): string {
    const length = this.number(4);
    return length < 0 ? 'null' : valueText(this.take(length));
  }
}

export type Pids = ReadonlyMap<number, string>;

/**
 * One line for one message.
 * @param bytes the whole message
 * @param pids names of the connections by the pid that they were given
 */
export function describeMessage(bytes: Buffer, pids: Pids): string {
  const type = bytes.toString('latin1', 0, 1);
  const details = describePayload(type, new Fields(bytes.subarray(5)), bytes.length - 5, pids);
  return [NAMES[type] ?? `Unknown ${JSON.stringify(type)}`, ...details]
    .join(' ')
    .replace('Authentication ', 'Authentication');
}

function describePayload(type: string, fields: Fields, length: number, pids: Pids): readonly (string | number)[] {
  switch (type) {
    case 'R':
      return authentication(fields, length);
    case 'K':
      return [pids.get(fields.number(4)) ?? 'unknown', length - 4];
    case 'C':
      return [JSON.stringify(fields.string())];
    case 'd':
      return [valueText(fields.take(length))];
    case 'G':
    case 'H':
      return [fields.number(1), ...fields.numbers(fields.number(2), 2)];
    case 'D':
      return Array.from({ length: fields.number(2) }, () => fields.value());
    case 'E':
    case 'N':
      return diagnostics(fields);
    case 'V':
      return [fields.value()];
    case 'v':
      return [
        `3.${fields.number(4) & 0xffff}`,
        ...fields.strings(fields.number(4)).map((name) => JSON.stringify(name)),
      ];
    case 'A':
      return [pids.get(fields.number(4)) ?? 'other', ...fields.strings(2).map((text) => JSON.stringify(text))];
    case 't':
      return fields.numbers(fields.number(2), 4);
    case 'S':
      return [fields.strings(2).join('=')];
    case 'T':
      return Array.from({ length: fields.number(2) }, () => column(fields));
    case 'Z':
      return [fields.take(1).toString('latin1')];
    default:
      return [];
  }
}

function authentication(fields: Fields, length: number): readonly string[] {
  const code = fields.number(4);
  if (code === 0) return ['Ok'];
  if (code !== 10) return [String(code)];
  const mechanisms = fields
    .take(length - 4)
    .toString('latin1')
    .split('\0')
    .filter(Boolean);
  return ['SASL', ...mechanisms];
}

/** `name:oid`, behind it what is not as usual: the number of the table's column, the modifier, the format. */
function column(fields: Fields): string {
  const name = fields.string();
  const table = fields.number(4);
  const attribute = fields.number(2);
  const [oid, , modifier, format] = [fields.number(4), fields.number(2), fields.number(4), fields.number(2)];
  const origin = table === 0 ? '' : `@${attribute}`;
  return `${JSON.stringify(name)}:${oid}${origin}${modifier === -1 ? '' : `(${modifier})`}${format === 0 ? '' : `/${format}`}`;
}

/** Fields that say what happened; not those that say where in PostgreSQL's source (F, L, R), nor S again (V). */
const SHOWN = ['D', 'H', 'P', 'p', 'q', 'W', 's', 't', 'c', 'd', 'n'] as const;

function diagnostics(fields: Fields): readonly string[] {
  const all = new Map<string, string>();
  for (;;) {
    const code = fields.take(1).toString('latin1');
    if (code === '\0') break;
    all.set(code, fields.string());
  }
  if (!fields.isAtEnd) throw new Error('an error goes on behind its end');
  const extra = SHOWN.flatMap((code) => {
    const text = all.get(code);
    return text === undefined ? [] : [`${code}=${JSON.stringify(text)}`];
  });
  return [all.get('S') ?? '', all.get('C') ?? '', JSON.stringify(all.get('M')), ...extra];
}

function valueText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const isControl = (byte: number): boolean => byte === 0x7f || (byte < 0x20 && byte !== 0x09 && byte !== 0x0a);
  const isText = Buffer.from(text, 'utf8').equals(bytes) && !bytes.some(isControl);
  return isText ? JSON.stringify(text) : `\\x${bytes.toString('hex')}`;
}
