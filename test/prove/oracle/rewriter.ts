import type { Client, Connection } from 'pg';
import { oneByOne } from '../one-by-one.ts';

/** What the server says of a statement: its rewritten trees, or why it does not take it. */
export type Rewritten =
  | { readonly kind: 'trees'; readonly texts: readonly string[] }
  | { readonly kind: 'rejected'; readonly sqlstate: string; readonly message: string };

/** Gives the trees of statements, one at a time. Nothing is executed: the statement is only parsed, analysed and rewritten. */
export type Rewriter = (sql: string) => Promise<Rewritten>;

const SETTINGS = `SET log_min_messages = panic; SET debug_print_rewritten = on; SET debug_pretty_print = off;
  SET client_min_messages = log`;

/**
 * Makes a connection print the tree of what it is sent. Several statements may be given at once: they are sent in turn.
 * @param client a superuser's: rights are not what is asked, and they would hide part of the trees
 */
export async function createRewriter(client: Client): Promise<Rewriter> {
  let texts: string[] = [];
  await client.query(SETTINGS);
  client.on('notice', (notice) => {
    if (notice.message?.startsWith('rewritten parse tree') === true) texts.push(notice.detail ?? '');
  });
  const start = (): string[] => {
    texts = [];
    return texts;
  };
  return oneByOne(async (sql) => parseOnly(client, sql, start));
}

/** Parse and Sync, no Bind: parse analysis and rewriting are done at Parse. */
async function parseOnly(client: Client, text: string, start: () => string[]): Promise<Rewritten> {
  return new Promise((resolve) => {
    let texts: string[] = [];
    client.query({
      submit: (connection: Connection) => {
        texts = start();
        connection.parse({ name: '', text, types: [] }, true);
        connection.sync();
      },
      // The last that a failed query hears: what comes next waits for ReadyForQuery by itself.
      handleError: (error: Error) => resolve(rejection(error)),
      handleEmptyQuery: () => undefined,
      handleReadyForQuery: () => resolve({ kind: 'trees', texts }),
    });
  });
}

function rejection(error: Error): Rewritten {
  return { kind: 'rejected', sqlstate: 'code' in error ? String(error.code) : '', message: error.message };
}
