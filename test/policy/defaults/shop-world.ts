import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Analyzer } from '../../../policy/access/analyzer.ts';
import { createAnalyzer } from '../../../policy/access/worker-analyzer.ts';
import type { Catalog } from '../../../policy/catalog/catalog.ts';
import { loadCatalog } from '../../../policy/catalog/load.ts';
import { compileTags, type Tags } from '../../../policy/catalog/tags.ts';
import type { PolicyBundle } from '../../../policy/engine/bundle.ts';
import { createPolicyEngine, type ExplainingEngine } from '../../../policy/engine/engine.ts';
import { loadPolicies, readPolicyFolder } from '../../../policy/engine/load.ts';
import { formatProblem } from '../../../policy/engine/problem.ts';
import { connectQuery } from '../../support/query-fn.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { TOTP } from '../engine/scenario.ts';

export const DEFAULTS = fileURLToPath(new URL('../../../policy/defaults', import.meta.url));

/** The sample shop's shape, on a real PostgreSQL. */
const SHOP = `
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, phone text, ssn text, card_number text, country text,
  created_at timestamptz);
CREATE TABLE products (id int PRIMARY KEY, sku text, name text, price numeric, stock int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status text, placed_at timestamptz, note text);
CREATE TABLE order_items (order_id int, product_id int, quantity int, unit_price numeric);
CREATE TABLE payments (id int PRIMARY KEY, order_id int, amount numeric, method text, paid_at timestamptz, card_last4 text);
CREATE TABLE employees (id int PRIMARY KEY, name text, email text, department text, title text, salary numeric, hired_on date);
CREATE VIEW customer_overview AS SELECT c.id, c.name, c.email, c.country, count(o.id) AS orders, max(o.placed_at) AS last_order
  FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id;
CREATE VIEW contacts AS SELECT c.id AS number, c.email AS address FROM customers c WHERE c.card_number IS NOT NULL;
CREATE FUNCTION spy() RETURNS text LANGUAGE sql AS 'SELECT max(ssn) FROM customers';
CREATE FUNCTION order_count() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM orders); END';
CREATE FUNCTION run_text(q text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE q; END';
`;

export type ShopWorld = {
  readonly catalog: Catalog;
  readonly tags: Tags;
  readonly bundle: PolicyBundle;
  readonly engine: ExplainingEngine;
  readonly analyzer: Analyzer;
  close(): Promise<void>;
};

/** The starter policies before the sample shop, with the real analysis. */
export async function openShopWorld(): Promise<ShopWorld> {
  const database = await createTestDatabase(SHOP);
  const catalog = await catalogOf(database);
  const tagsSource = starterTags();
  const tags = compileTags(tagsSource, catalog);
  const bundle = starterBundle();
  const engine = createPolicyEngine({ bundle, tags, tagsSource, ladder: [TOTP], database: catalog.database });
  const analyzer = await createAnalyzer({ catalog });
  const close = async (): Promise<void> => {
    await analyzer.close();
    await database.drop();
  };
  return { catalog, tags, bundle, engine, analyzer, close };
}

export function starterBundle(): PolicyBundle {
  const result = loadPolicies(readPolicyFolder(DEFAULTS));
  if (result.kind === 'failed') throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.bundle;
}

function starterTags(): readonly { readonly tag: string; readonly on: readonly string[] }[] {
  const content: unknown = parse(readFileSync(`${DEFAULTS}/tags.yaml`, 'utf8'));
  return Object.entries(z.record(z.string(), z.array(z.string())).parse(content)).map(([tag, on]) => ({ tag, on }));
}

async function catalogOf(database: TestDatabase): Promise<Catalog> {
  const { host, port, user, password } = database;
  const connection = await connectQuery({ host, port, user, password, database: database.database });
  try {
    return await loadCatalog(connection.query, 1);
  } finally {
    await connection.end();
  }
}
