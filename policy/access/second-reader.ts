import parser from 'node-sql-parser/build/postgresql.js';

/**
 * What node-sql-parser sees: the names of the tables in a text, lower case, without their schemas.
 * @returns undefined where it cannot parse the text, which it often cannot: no opinion
 */
export function readTables(text: string): readonly string[] | undefined {
  try {
    const { tableList } = new parser.Parser().parse(text, { database: 'Postgresql' });
    // 'select::schema::table'; a name may hold the separator itself.
    return [...new Set(tableList.map((entry) => entry.split('::').slice(2).join('::').toLowerCase()))];
  } catch {
    return undefined;
  }
}
