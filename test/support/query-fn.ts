import { Client, type ClientConfig } from 'pg';
import type { QueryFn } from '../../policy/catalog/catalog.ts';

export type Connected = { readonly query: QueryFn; end(): Promise<void> };

/** A QueryFn on a connection of its own: rows of text, exactly as PostgreSQL prints them. */
export async function connectQuery(config: ClientConfig): Promise<Connected> {
  const client = new Client(config);
  await client.connect();
  return {
    query: async (sql) => {
      const result = await client.query<(string | null)[]>({
        text: sql,
        rowMode: 'array',
        types: { getTypeParser: () => (value: string) => value },
      });
      return result.rows ?? [];
    },
    end: async () => client.end(),
  };
}
