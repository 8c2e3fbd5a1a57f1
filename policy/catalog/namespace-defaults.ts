import type { QueryFn } from './catalog.ts';

export type NamespaceDefaults = {
  /** As a list, `$user` replaced; without the implicit pg_temp and pg_catalog. Schemas that do not exist may be in it. */
  readonly searchPath: readonly string[];
  /** current_user: the role whose rights and defaults apply. */
  readonly role: string;
  readonly sessionUser: string;
};

/** What names mean on this connection as it was opened: role and database defaults and start-up options included. */
export async function loadNamespaceDefaults(query: QueryFn): Promise<NamespaceDefaults> {
  const rows = await query(`SELECT pg_catalog.current_setting('search_path'), current_user, session_user`);
  const [path, role, sessionUser] = rows[0] ?? [];
  if (typeof path !== 'string' || typeof role !== 'string' || typeof sessionUser !== 'string') {
    throw new Error('the namespace query gave no row');
  }
  return { searchPath: parseSearchPath(path, role), role, sessionUser };
}

/**
 * Splits a search_path value as PostgreSQL's SplitIdentifierString does: unquoted names are folded to lower case (ASCII
 * only) and names end at 63 bytes. `$user` becomes the role, empty names (search_path = '') are dropped.
 * @returns the schema names; undefined-looking input (an unclosed quote) ends the list, as the server refuses such values
 */
export function parseSearchPath(value: string, role: string): readonly string[] {
  return [...value.matchAll(/"((?:[^"]|"")*)"|([^", \t\n\r\f\v]+)/g)]
    .map(([, quoted, bare]) => (quoted === undefined ? foldAscii(bare ?? '') : quoted.replaceAll('""', '"')))
    .map((name) => (name === '$user' ? role : cutTo63Bytes(name)))
    .filter((name) => name !== '');
}

function foldAscii(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** NAMEDATALEN - 1 bytes of UTF-8, never in the middle of a character. */
function cutTo63Bytes(name: string): string {
  if (Buffer.byteLength(name) <= 63) return name;
  const bytes = Buffer.from(name);
  let end = 63;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
