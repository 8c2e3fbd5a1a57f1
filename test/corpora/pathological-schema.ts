/** PostgreSQL's own limit, MaxHeapAttributeNumber. */
export const WIDE_COLUMNS = 1600;
export const VIEW_LEVELS = 30;
/** Here the number of columns doubles: PostgreSQL stops at 1,664 columns. */
const FAT_LEVELS = 9;
const JOINED = 200;

const lines = (count: number, each: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => each(at)).join('\n');

/**
 * The database that pathological.ts aims at: SQL for a superuser. A table as wide as PostgreSQL lets it be, 200 tables
 * that join by name, views of views that double at each level, two views that read one another, a name with 50 overloads.
 */
export function pathologicalSchema(): string {
  const columns = Array.from({ length: WIDE_COLUMNS }, (_, at) => `c${at} int2`).join(', ');
  return `
CREATE TABLE wide (${columns});
${lines(JOINED, (at) => `CREATE TABLE j${at} (k int, own${at} text);`)}
CREATE VIEW v0 AS SELECT k FROM j0;
${lines(VIEW_LEVELS, (at) => `CREATE VIEW v${at + 1} AS SELECT a.k FROM v${at} a JOIN v${at} b ON a.k = b.k;`)}
CREATE VIEW f0 AS SELECT k AS x FROM j0;
${lines(FAT_LEVELS, fatView)}
${lines(VIEW_LEVELS - FAT_LEVELS, (at) => `CREATE VIEW f${FAT_LEVELS + at + 1} AS SELECT * FROM f${FAT_LEVELS + at};`)}
CREATE VIEW cycle_a AS SELECT 1 AS k;
CREATE VIEW cycle_b AS SELECT k FROM cycle_a;
CREATE OR REPLACE VIEW cycle_a AS SELECT k FROM cycle_b;
${lines(50, (at) => `CREATE FUNCTION many(int, ${['text', 'int', 'bool', 'date', 'numeric'][at % 5] ?? 'text'}${', int'.repeat(Math.floor(at / 5))} DEFAULT NULL) RETURNS int LANGUAGE sql AS 'SELECT 1';`)}
`;
}

function fatView(at: number): string {
  const doubled = Array.from({ length: 2 ** at }, (_, column) => {
    const name = at === 0 ? 'x' : `x${column}`;
    return `a.${name} AS x${2 * column}, b.${name} AS x${2 * column + 1}`;
  });
  return `CREATE VIEW f${at + 1} AS SELECT ${doubled.join(', ')} FROM f${at} a, f${at} b;`;
}
