/** How many bytes a character has, by its first one; 1 for what begins none. @see PostgreSQL's pg_utf_mblen() */
export function utf8Length(first: number): number {
  if ((first & 0xe0) === 0xc0) return 2;
  if ((first & 0xf0) === 0xe0) return 3;
  return (first & 0xf8) === 0xf0 ? 4 : 1;
}
