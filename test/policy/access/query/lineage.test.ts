import { expect, it } from 'vitest';
import { analyse, lineageLines } from './world.ts';

const SSN = 'public.customers.ssn';

it.each([
  ['a column is itself', 'SELECT ssn FROM customers', [`ssn <- ${SSN}`]],
  ['under any name', 'SELECT c.ssn AS note FROM customers c', [`note <- ${SSN}`]],
  ['a star is every column', 'SELECT * FROM hr.customers', ['id <- hr.customers.id', 'ssn <- hr.customers.ssn']],
  ['what computes makes a derived value', 'SELECT lower(ssn) FROM customers', [`lower <- ${SSN} derived`]],
  ['a cast computes', 'SELECT ssn::text FROM customers', [`ssn <- ${SSN} derived`]],
  ['a comparison computes', "SELECT ssn = 'x' AS hit FROM customers", [`hit <- ${SSN} derived`]],
  [
    'an aggregate computes',
    'SELECT count(ssn), max(ssn) FROM customers',
    [`count <- ${SSN} derived`, `max <- ${SSN} derived`],
  ],
  ['COLLATE only sorts differently', 'SELECT ssn COLLATE "C" AS x FROM customers', [`x <- ${SSN}`]],
  ['a condition is no source', "SELECT id FROM customers WHERE ssn = 'x' ORDER BY name", ['id <- public.customers.id']],
  ['a sub-select hands on', 'SELECT s.x FROM (SELECT ssn AS x, name FROM customers) s', [`x <- ${SSN}`]],
  ['a scalar sub-select too', 'SELECT (SELECT ssn FROM customers LIMIT 1) AS x', [`x <- ${SSN}`]],
  ['EXISTS gives nothing of it', 'SELECT EXISTS (SELECT ssn FROM customers) AS x', ['x <-']],
  [
    'IN tells of both sides',
    'SELECT name IN (SELECT ssn FROM customers) AS x FROM customers',
    [`x <- public.customers.name derived, ${SSN} derived`],
  ],
  ['a CTE hands on', 'WITH w(x) AS (SELECT ssn FROM customers) SELECT x FROM w', [`x <- ${SSN}`]],
  [
    'arms of a set operation meet by position',
    'SELECT ssn FROM customers UNION ALL SELECT note FROM orders',
    [`ssn <- ${SSN}, public.orders.note`],
  ],
  ['what comes from nowhere is no copy', 'SELECT ssn FROM customers UNION ALL SELECT NULL', [`ssn <- ${SSN} derived`]],
  [
    'one computing arm makes the column derived',
    'SELECT ssn FROM customers UNION ALL SELECT lower(note) FROM orders',
    [`ssn <- ${SSN} derived, public.orders.note derived`],
  ],
  ['COALESCE is one of several', "SELECT coalesce(ssn, '') AS x FROM customers", [`x <- ${SSN} derived`]],
  [
    'a recursion hands on as it is',
    'WITH RECURSIVE r(a) AS (SELECT ssn FROM customers UNION ALL SELECT a FROM r) SELECT a FROM r',
    [`a <- ${SSN}`],
  ],
  [
    'a recursion that computes is derived in every round',
    'WITH RECURSIVE r(a, b) AS (SELECT ssn, name FROM customers UNION ALL SELECT lower(b), a FROM r) SELECT b FROM r',
    [`b <- public.customers.name derived, ${SSN} derived`],
  ],
  ['USING takes the left one', 'SELECT ssn FROM customers JOIN hr.customers h USING (ssn)', [`ssn <- ${SSN}`]],
  [
    'FULL JOIN takes either',
    'SELECT ssn FROM customers FULL JOIN hr.customers h USING (ssn)',
    [`ssn <- hr.customers.ssn, ${SSN}`],
  ],
  ['a view shows its base columns', 'SELECT tax FROM full_view', [`tax <- ${SSN} via view, public.full_view.tax`]],
  [
    'a computing view derives them',
    'SELECT label FROM full_view',
    ['label <- public.customers.name derived via view, public.full_view.label'],
  ],
  [
    'a view of a view too',
    'SELECT tax FROM nested_view',
    [`tax <- ${SSN} via view, public.full_view.tax via view, public.nested_view.tax`],
  ],
  [
    'a generated column derives its source',
    'SELECT tail FROM people',
    ['tail <- public.people.ssn derived via generated, public.people.tail'],
  ],
  ['a field of a row is the column', 'SELECT (c).ssn FROM customers c', [`ssn <- ${SSN}`]],
  [
    'a row is everything, computed',
    'SELECT c FROM hr.customers c',
    ['c <- hr.customers.id derived, hr.customers.ssn derived'],
  ],
  ['RETURNING shows the row', 'DELETE FROM settings RETURNING value', ['value <- public.settings.value']],
  [
    'RETURNING shows what has just been written',
    'UPDATE settings SET value = c.ssn FROM customers c RETURNING value',
    [`value <- ${SSN}, public.settings.value`],
  ],
  [
    'and what INSERT has',
    'INSERT INTO settings AS s (value) SELECT lower(ssn) FROM customers RETURNING s.value',
    [`value <- ${SSN} derived, public.settings.value`],
  ],
  [
    'excluded shows what was to be inserted',
    'INSERT INTO settings (key, value) SELECT id::text, ssn FROM customers ON CONFLICT (key) DO UPDATE SET key = excluded.value RETURNING key',
    [`key <- public.customers.id derived, ${SSN}, public.settings.key`],
  ],
] as const)('%s', (_rule, sql, expected) => {
  expect(lineageLines(sql)).toEqual(expected);
});

/** `public.settings.value <- public.customers.ssn`: what goes into which stored column. */
function flowLines(sql: string): readonly string[] {
  const { facts } = analyse(sql);
  return (facts.flows ?? []).map(({ target, sources }) => {
    const names = sources.map(({ resource, isCopy }) =>
      resource.kind === 'column' ? `${resource.column}${isCopy ? '' : ' derived'}` : resource.kind,
    );
    return `${target.kind === 'column' ? target.column : target.table} <- ${names.join(', ')}`;
  });
}

it.each([
  ['INSERT by position', 'INSERT INTO settings SELECT name, ssn FROM customers', ['key <- name', 'value <- ssn']],
  [
    'INSERT by name',
    'INSERT INTO settings (value, key) SELECT ssn, name FROM customers',
    ['value <- ssn', 'key <- name'],
  ],
  [
    'INSERT of a computed value',
    'INSERT INTO settings (value) SELECT md.x FROM (SELECT lower(ssn) x FROM customers) md',
    ['value <- ssn derived'],
  ],
  [
    'a sub-select in VALUES',
    'INSERT INTO settings VALUES ($1, (SELECT max(ssn) FROM customers))',
    ['value <- ssn derived'],
  ],
  ['constants bring nothing', "INSERT INTO settings VALUES ('a', 'b')", []],
  [
    'UPDATE from another table',
    'UPDATE settings SET value = c.ssn FROM customers c WHERE c.name = key',
    ['value <- ssn'],
  ],
  ['a column of its own row', 'UPDATE customers SET name = ssn', ['name <- ssn']],
  ['not into itself', 'UPDATE customers SET ssn = lower(ssn)', []],
  [
    'several columns from one query',
    'UPDATE settings SET (key, value) = (SELECT name, ssn FROM customers)',
    ['key <- name', 'value <- ssn'],
  ],
  [
    'ON CONFLICT',
    'INSERT INTO settings (key) SELECT name FROM customers ON CONFLICT (key) DO UPDATE SET value = (SELECT ssn FROM customers)',
    ['key <- name', 'value <- ssn'],
  ],
  [
    'MERGE, both ways',
    'MERGE INTO settings s USING customers c ON s.key = c.name WHEN MATCHED THEN UPDATE SET value = c.ssn WHEN NOT MATCHED THEN INSERT VALUES (c.name, c.country)',
    ['value <- ssn, country', 'key <- name'],
  ],
  [
    'in WITH',
    'WITH w AS (INSERT INTO settings (value) SELECT ssn FROM customers RETURNING 1) SELECT * FROM w',
    ['value <- ssn'],
  ],
  [
    'through a CTE',
    'WITH w AS (SELECT ssn AS x FROM customers) INSERT INTO settings (value) SELECT x FROM w',
    ['value <- ssn'],
  ],
  ['through a view into its table', 'UPDATE full_view SET tax = label', ['ssn <- label, name derived']],
] as const)('flows: %s', (_rule, sql, expected) => {
  expect(flowLines(sql)).toEqual(expected);
});
