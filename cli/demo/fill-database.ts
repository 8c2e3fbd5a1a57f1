import { readFileSync } from 'node:fs';
import type { DemoPostgres } from './postgres.ts';
import type { DemoSecrets } from './secrets.ts';

/** Filled under another name and renamed at the end, so that a start that was cut short is begun again. */
export async function fillDatabase(
  postgres: DemoPostgres,
  secrets: DemoSecrets,
  progress: (step: string) => void,
): Promise<void> {
  if (await postgres.hasDatabase('shop')) return;
  progress('filling the sample shop');
  await postgres.run('postgres', 'DROP DATABASE IF EXISTS shop_new');
  await postgres.run('postgres', 'DROP ROLE IF EXISTS stepward_app');
  await postgres.run('postgres', 'DROP ROLE IF EXISTS shop_owner');
  await postgres.run('postgres', `CREATE ROLE stepward_app LOGIN PASSWORD '${secrets.upstreamPassword}'`);
  await postgres.run('postgres', 'CREATE DATABASE shop_new');
  await postgres.run('shop_new', readFileSync(new URL('../demo/shop.sql', import.meta.url), 'utf8'));
  await postgres.run('postgres', 'ALTER DATABASE shop_new RENAME TO shop');
}
