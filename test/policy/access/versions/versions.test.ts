import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseStatements } from '../../../../policy/access/parse.ts';
import { constantText } from '../../../../policy/access/statements/constants.ts';
import { textOffsets } from '../../../../policy/access/text-offsets.ts';
import { bodyOf, list, str } from '../../../../policy/access/tree.ts';
import { NEW_KEYWORDS } from '../../../../policy/access/versions/new-keywords.ts';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../../../support/start-postgres.ts';
import { read, run, startEveryServer, touched, type VersionedServer } from './every-server.ts';
import { CONSTANTS, CONTINUED_AFTER_COMMENT } from './lexing-cases.ts';
import { MEANING_SETUP, OWN_FIRST, SAME_TEXT_OTHER_MEANING, UNREADABLE } from './meaning-cases.ts';

let servers: readonly VersionedServer[];

beforeAll(async () => {
  servers = await startEveryServer(MEANING_SETUP);
}, 120_000);

afterAll(async () => {
  await Promise.all((servers ?? []).map(async (server) => server.stop()));
});

function serverOf(version: PostgresVersion): VersionedServer {
  const found = servers.find((server) => server.version === version);
  if (found === undefined) throw new Error(`no server of version ${version}`);
  return found;
}

describe.each(POSTGRES_VERSIONS)('a text means what PostgreSQL %i takes it for', (version) => {
  it.each(SAME_TEXT_OTHER_MEANING)('%s', async (sql) => {
    const server = serverOf(version);
    const outcome = await run(server, sql, OWN_FIRST);
    const said = JSON.stringify(outcome).match(/(?:select|execute function) probe\.[a-z_.]+/gi) ?? [];
    const facts = touched(read(server, sql, OWN_FIRST));
    for (const one of said) expect(facts).toContain(one.toLowerCase());
    const refusals = outcome.kind === 'accepted' ? facts.filter((one) => one.startsWith('refused')) : [];
    expect(refusals).toEqual([]);
  });

  it('and calls nothing that only a newer grammar has', async () => {
    const facts = touched(
      read(serverOf(version), 'SELECT json_scalar(17), json_array(1, 2), system_user FROM t', OWN_FIRST),
    );
    expect(facts.includes('select probe.t.system_user')).toBe(version < 16);
    expect(facts.includes('execute function probe.json_array')).toBe(version < 16);
    expect(facts.includes('execute function probe.json_scalar')).toBe(version < 17);
  });

  it('knows every word that is a keyword to the parser and a name to the server', async () => {
    const keywords = "SELECT word FROM pg_get_keywords() WHERE catcode IN ('C', 'R', 'T')";
    const [own, newest] = [await serverOf(version).client.query(keywords), await serverOf(18).client.query(keywords)];
    const known = new Set(own.rows.map((row) => row.word));
    const added = new Set(newest.rows.map((row) => row.word).filter((word) => !known.has(word)));
    const listed = [...NEW_KEYWORDS].filter(([, since]) => since > version).map(([word]) => word);
    expect(added).toEqual(new Set(listed));
  });
});

describe('what an older server takes and the parser does not', () => {
  it.each(UNREADABLE)('%s is refused with a way out', async (sql) => {
    const server = serverOf(15);
    expect((await run(server, sql, OWN_FIRST)).kind).toBe('accepted');
    const reading = read(server, sql, OWN_FIRST);
    expect(reading).toMatchObject({ refusal: { cause: 'syntax', hint: expect.stringContaining('in double quotes') } });
    const quoted = sql.replaceAll(/system_user|json_table/g, '"$&"');
    expect(touched(read(server, quoted, OWN_FIRST)).join()).not.toContain('refused');
  });

  it('and syntax of a newer version is refused with both versions', () => {
    const reading = read(serverOf(15), "SELECT json_object('a' VALUE 1)", OWN_FIRST);
    const message = 'JSON_OBJECT with keys and values is syntax of PostgreSQL 16, and the server is version 15';
    expect(reading).toMatchObject({ refusal: { cause: 'syntax', sqlstate: '42601', message } });
  });
});

describe.each(POSTGRES_VERSIONS)('a constant and its name are what PostgreSQL %i reads', (version) => {
  it.each(CONSTANTS)('%j', async (sql) => {
    const onServer = await readByServer(serverOf(version), sql);
    const here = readByParser(sql);
    expect(onServer === undefined ? undefined : comparable(here)).toEqual(comparable(onServer));
  });

  it.each(CONTINUED_AFTER_COMMENT)('%j is refused', async (sql) => {
    expect(await readByServer(serverOf(version), sql)).toEqual({ name: 'c', value: 'ab' });
    expect(read(serverOf(version), sql, OWN_FIRST)).toMatchObject({ refusal: { cause: 'syntax' } });
  });
});

type Read = { readonly name: string; readonly value: string };

/** undefined: refused, or something else than one constant. */
function readByParser(sql: string): Read | undefined {
  try {
    const [statement] = parseStatements(sql, textOffsets(sql), 180_000);
    const target = bodyOf(list(bodyOf(statement?.stmt, 'SelectStmt') ?? {}, 'targetList')[0], 'ResTarget');
    const value = constantText(target?.['val']);
    return value === undefined ? undefined : { name: str(target ?? {}, 'name') || '?column?', value };
  } catch {
    return undefined;
  }
}

async function readByServer(server: VersionedServer, sql: string): Promise<Read | undefined> {
  const outcome = await run(server, sql, ['public']);
  if (outcome.kind === 'rejected') return undefined;
  const [name = ''] = outcome.columns;
  return { name, value: String(Object.values(Object(outcome.rows[0]))[0]) };
}

/** Numbers are printed in more than one way. */
function comparable(one: Read | undefined): Read | undefined {
  const isNumber = one !== undefined && /^[\d.xobe_]+$/i.test(one.value);
  return isNumber ? { ...one, value: String(Number(one.value.replaceAll('_', ''))) } : one;
}
