import { whyUnreadable } from '../access/versions/supported-versions.ts';
import { CatalogError, int, text } from './load-rows.ts';
import { type PackedRows, PackedRowsReader } from './packed-rows.ts';

const SERVER = `SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('server_encoding')`;

/**
 * Before anything is read: does this server mean by a text what the analysis takes it for?
 * @throws CatalogError with the reason; the same at every refresh, as a server may have been upgraded meanwhile
 */
export async function requireReadableServer(query: (sql: string) => Promise<PackedRows>): Promise<void> {
  const [row = []] = new PackedRowsReader(await query(SERVER)).rows();
  const reason = whyUnreadable({ version: int(row, 0), encoding: text(row, 1) });
  if (reason !== undefined) throw new CatalogError(reason);
}
