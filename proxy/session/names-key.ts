/** NAMEDATALEN - 1. */
const MAX_NAME_BYTES = 63;

/**
 * The identity of a prepared statement's or portal's name. PostgreSQL's hash tables compare the first 63 BYTES only and
 * Parse/Bind do not clip: names that differ behind them are one and the same object. Attack otherwise: Close "…x" and
 * Parse "…y" replace upstream what we still know as "…z".
 */
export function nameKey(name: string): string {
  const bytes = Buffer.from(name, 'utf8');
  return bytes.subarray(0, MAX_NAME_BYTES).toString('latin1');
}

/** Cuts an SQL identifier as PostgreSQL's truncate_identifier() does: at 63 bytes, never inside a character. */
export function clipIdentifier(name: string): string {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= MAX_NAME_BYTES) return name;
  let end = MAX_NAME_BYTES;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
