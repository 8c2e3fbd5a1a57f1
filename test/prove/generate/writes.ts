import { fromClause } from './from.ts';
import {
  type Column,
  deeper,
  type Grammar,
  ident,
  type Item,
  NO_SCOPE,
  type Query,
  type Scope,
  type Table,
  tableName,
} from './grammar.ts';

/** INSERT, UPDATE, DELETE or MERGE, with or without RETURNING. */
export function write(grammar: Grammar, mustReturn = false): Query {
  const { random } = grammar;
  const table = random.pickFrom(grammar.tables.filter(({ isWritable }) => isWritable));
  if (table === undefined) return { text: 'SELECT 1', columns: [] };
  const isMergeable = !mustReturn || grammar.version >= 17;
  const rules = [insert, update, remove, ...(isMergeable ? [merge] : [])];
  return (random.pickFrom(rules) ?? insert)(grammar, table, mustReturn || random.chance(0.4));
}

type Target = { readonly text: string; readonly item: Item };

function target(grammar: Grammar, table: Table): Target {
  const name = tableName(grammar, table);
  if (grammar.random.chance(0.4))
    return { text: name, item: { alias: table.name, columns: table.columns, isTable: true } };
  const alias = grammar.fresh('t');
  return { text: `${name} AS ${alias}`, item: { alias, columns: table.columns, isTable: true } };
}

function insert(grammar: Grammar, table: Table, returns: boolean): Query {
  const { random } = grammar;
  const { text, item } = target(grammar, table);
  const columns = random.some(writable(table), 3);
  const names = columns.map(({ name }) => ident(random, name)).join(', ');
  const rows = insertedRows(grammar, columns);
  const overriding = random.chance(0.05) ? ' OVERRIDING SYSTEM VALUE' : '';
  const source = random.chance(0.06) ? ' DEFAULT VALUES' : ` (${names})${overriding} ${rows}`;
  const end = returning(grammar, [item], returns);
  return { text: `INSERT INTO ${text}${source}${onConflict(grammar, table, item)}${end.text}`, columns: end.columns };
}

function insertedRows(grammar: Grammar, columns: readonly Column[]): string {
  const types = columns.map(({ type }) => type);
  if (grammar.random.chance(0.5)) return grammar.rules.query(deeper(grammar), NO_SCOPE, types).text;
  const row = types.map((type) =>
    grammar.random.chance(0.1) ? 'DEFAULT' : grammar.rules.expression(deeper(grammar), NO_SCOPE, type),
  );
  return `VALUES (${row.join(', ')})`;
}

function onConflict(grammar: Grammar, table: Table, item: Item): string {
  const { random } = grammar;
  if (random.chance(0.7)) return '';
  const key = table.key.map((name) => ident(random, name)).join(', ');
  if (key === '' || random.chance(0.3)) return ' ON CONFLICT DO NOTHING';
  const excluded: Item = { ...item, alias: 'excluded' };
  const scope: Scope = { ...NO_SCOPE, items: [item, excluded] };
  const where = random.chance(0.4) ? ` WHERE ${grammar.rules.condition(deeper(grammar), scope)}` : '';
  return ` ON CONFLICT (${key}) DO UPDATE SET ${assignments(grammar, table, scope)}${where}`;
}

function update(grammar: Grammar, table: Table, returns: boolean): Query {
  const { random } = grammar;
  const { text, item } = target(grammar, table);
  const from = random.chance(0.35) ? fromClause(deeper(grammar), NO_SCOPE) : undefined;
  const items = [item, ...(from?.items ?? [])];
  const scope: Scope = { ...NO_SCOPE, items };
  const where = random.chance(0.7) ? ` WHERE ${grammar.rules.condition(grammar, scope)}` : '';
  const end = returning(grammar, items, returns, item);
  const only = random.chance(0.05) ? 'ONLY ' : '';
  const source = from === undefined ? '' : ` FROM ${from.text}`;
  return {
    text: `UPDATE ${only}${text} SET ${assignments(grammar, table, scope)}${source}${where}${end.text}`,
    columns: end.columns,
  };
}

function assignments(grammar: Grammar, table: Table, scope: Scope): string {
  const { random } = grammar;
  const columns = random.some(writable(table), 2);
  const types = columns.map(({ type }) => type);
  const names = columns.map(({ name }) => ident(random, name));
  if (random.chance(0.2)) {
    return `(${names.join(', ')}) = (${grammar.rules.query(deeper(grammar), { ...NO_SCOPE, outer: scope }, types).text})`;
  }
  const value = (at: number): string =>
    random.chance(0.1) ? 'DEFAULT' : grammar.rules.expression(deeper(grammar), scope, types[at] ?? 'other');
  return names.map((name, at) => `${name} = ${value(at)}`).join(', ');
}

function remove(grammar: Grammar, table: Table, returns: boolean): Query {
  const { random } = grammar;
  const { text, item } = target(grammar, table);
  const using = random.chance(0.35) ? fromClause(deeper(grammar), NO_SCOPE) : undefined;
  const items = [item, ...(using?.items ?? [])];
  const where = random.chance(0.8) ? ` WHERE ${grammar.rules.condition(grammar, { ...NO_SCOPE, items })}` : '';
  const end = returning(grammar, items, returns, item);
  return {
    text: `DELETE FROM ${text}${using === undefined ? '' : ` USING ${using.text}`}${where}${end.text}`,
    columns: end.columns,
  };
}

function merge(grammar: Grammar, table: Table, returns: boolean): Query {
  const { random, version } = grammar;
  const { text, item } = target(grammar, table);
  const source = grammar.fresh('s');
  const sub = grammar.rules.query(deeper(grammar), NO_SCOPE, ['int', 'text']);
  const [a, b] = [grammar.fresh('x'), grammar.fresh('y')];
  const from: Item = {
    alias: source,
    columns: [
      { name: a, type: 'int' },
      { name: b, type: 'text' },
    ],
    isTable: true,
  };
  const both: Scope = { ...NO_SCOPE, items: [item, from] };
  const columns = random.some(writable(table), 2);
  const names = columns.map(({ name }) => ident(random, name)).join(', ');
  const row = columns
    .map(({ type }) => grammar.rules.expression(deeper(grammar), { ...NO_SCOPE, items: [from] }, type))
    .join(', ');
  const and = random.chance(0.4) ? ` AND ${grammar.rules.condition(deeper(grammar), both)}` : '';
  const matched = random.pick([`UPDATE SET ${assignments(grammar, table, both)}`, 'DELETE', 'DO NOTHING']);
  const gone = version >= 17 && random.chance(0.2) ? ' WHEN NOT MATCHED BY SOURCE THEN DELETE' : '';
  const end = version >= 17 ? returning(grammar, [item, from], returns, item) : { text: '', columns: [] };
  const head = `MERGE INTO ${text} USING (${sub.text}) AS ${source}(${a}, ${b}) ON ${grammar.rules.condition(deeper(grammar), both)}`;
  return {
    text: `${head} WHEN MATCHED${and} THEN ${matched} WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${row})${gone}${end.text}`,
    columns: end.columns,
  };
}

function returning(grammar: Grammar, items: readonly Item[], returns: boolean, written?: Item): Query {
  if (!returns) return { text: '', columns: [] };
  const { random, version } = grammar;
  const rows =
    version >= 18 && written !== undefined && random.chance(0.4)
      ? ['old', 'new'].map((alias) => ({ ...written, alias }))
      : [];
  const scope: Scope = { ...NO_SCOPE, items: [...items, ...rows] };
  if (random.chance(0.2)) return { text: ' RETURNING *', columns: [] };
  const columns: readonly Column[] = [{ name: grammar.fresh('c'), type: random.pick(['int', 'text']) }];
  const targets = columns.map(
    ({ name, type }) => `${grammar.rules.expression(deeper(grammar), scope, type)} AS ${name}`,
  );
  return { text: ` RETURNING ${targets.join(', ')}`, columns };
}

function writable(table: Table): readonly Column[] {
  const columns = table.columns.filter((column) => column.isWritable !== false && column.type !== 'other');
  return columns.length > 0 ? columns : table.columns.slice(0, 1);
}
