/**
 * Statements that carry a query are analysed by the server at Parse, but the query is rewritten only when they run. Their
 * query is sent by itself then, so that views in it are seen through.
 */
const CARRIERS: readonly RegExp[] = [
  /^\s*EXPLAIN\s*(?:\([^)]*\)\s*|(?:ANALYZE\s+|VERBOSE\s+)*)(?=(?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|VALUES|TABLE|\()\b)/i,
  /^\s*DECLARE\s+\S+(?:\s+(?:BINARY|INSENSITIVE|ASENSITIVE|NO|SCROLL))*\s+CURSOR(?:\s+WITH(?:OUT)?\s+HOLD)?\s+FOR\s+/i,
  /^\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?(?:TABLE|MATERIALIZED\s+VIEW)\s+\S+\s+AS\s+(?=SELECT|WITH|VALUES|TABLE)/i,
];

/** The query inside; the text itself where it is none of these statements. */
export function innerQuery(sql: string): string {
  const carrier = CARRIERS.find((one) => one.test(sql));
  if (carrier !== undefined) return sql.replace(carrier, '').replace(/\s+WITH\s+(NO\s+)?DATA\s*$/i, '');
  return /^\s*COPY\s*\((.*)\)\s*TO\s+STDOUT/is.exec(sql)?.[1] ?? sql;
}

/** What PREPARE names is judged when EXECUTE runs it: its query stands for it, in the facts as well. */
export function preparedQuery(sql: string): string {
  return sql.replace(/^\s*PREPARE\s+\w+\s+AS\s+/i, '');
}
