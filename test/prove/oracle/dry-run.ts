import type { Client } from 'pg';

/** What a transaction does not undo, or what reaches beyond the database. */
const NEVER =
  /\bPROGRAM\b|'\/|\b(DATABASE|SYSTEM|TABLESPACE|ROLE|USER|GROUP|SUBSCRIPTION|EXTENSION|LANGUAGE|SERVER|DO|LOAD|CONCURRENTLY|VACUUM|FUNCTION|CALL)\b/i;

/**
 * Runs a utility statement and undoes it: names in it are looked up only when it runs.
 * @returns false where the server refuses it, or where it is not to be run
 */
export async function isTakenWhenRun(client: Client, sql: string): Promise<boolean> {
  if (NEVER.test(sql)) return false;
  await client.query("BEGIN; SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '1s'");
  try {
    await client.query(sql);
    return true;
  } catch {
    return false;
  } finally {
    await client.query('ROLLBACK');
  }
}
