import { type Column, deeper, type Grammar, ident, inner, type Item, type Scope, type Type } from './grammar.ts';

type Rule = (grammar: Grammar, scope: Scope) => string;

const LITERALS: Readonly<Record<Type, readonly [string, ...string[]]>> = {
  int: ['1', '0', '-3', '17'],
  num: ['1.5', '0::numeric', '2e3'],
  text: ["'a'::text", "'DE'::text", "E'it\\'s'::text", '$$x$$::text', "lower('X')"],
  time: ['now()', "timestamptz '2024-06-01 00:00:00+00'"],
  json: [`'{"a": 1}'::jsonb`, "'[]'::jsonb"],
  bool: ['true', 'false', 'NULL::boolean'],
  other: ['NULL'],
};

const RULES: Readonly<Record<Exclude<Type, 'bool' | 'other'>, readonly [Rule, ...Rule[]]>> = {
  int: [
    (g, s) => `(${expression(g, s, 'int')} + ${expression(g, s, 'int')})`,
    (g, s) => `length(${expression(g, s, 'text')})`,
    (g, s) => `coalesce(${expression(g, s, 'int')}, ${expression(g, s, 'int')})`,
    (g, s) => `extract(year FROM ${expression(g, s, 'time')})::int`,
    (g, s) => `(ARRAY[${expression(g, s, 'int')}, 2])[1]`,
    (g, s) => `CAST(${expression(g, s, 'num')} AS int)`,
    (g, s) => `CASE WHEN ${g.rules.condition(g, s)} THEN ${expression(g, s, 'int')} ELSE 0 END`,
    (g, s) => `nullif(${expression(g, s, 'int')}, 7)`,
    (g, s) => `position(${expression(g, s, 'text')} IN ${expression(g, s, 'text')})`,
  ],
  num: [
    (g, s) => `(${expression(g, s, 'num')} * ${expression(g, s, 'int')})`,
    (g, s) => `greatest(${expression(g, s, 'num')}, ${expression(g, s, 'num')})`,
    (g, s) => `round(${expression(g, s, 'num')}::numeric, 1)`,
    (g, s) => `${expression(g, s, 'int')}::numeric`,
  ],
  text: [
    (g, s) => `(${expression(g, s, 'text')} || ${expression(g, s, 'text')})`,
    (g, s) => `upper(${expression(g, s, 'text')})`,
    (g, s) => `substring(${expression(g, s, 'text')} FROM 1 FOR 2)`,
    (g, s) => `concat_ws('-', ${expression(g, s, 'text')}, ${expression(g, s, 'int')})`,
    (g, s) => `${expression(g, s, 'int')}::text`,
    (g, s) => `(${expression(g, s, 'json')} ->> 'a')`,
    (g, s) =>
      `CASE ${expression(g, s, 'int')} WHEN 1 THEN ${expression(g, s, 'text')} ELSE ${expression(g, s, 'text')} END`,
    (g, s) => `format('%s', ${expression(g, s, 'text')})`,
    (g, s) => `(${expression(g, s, 'text')} COLLATE "C")`,
    (g, s) => `to_char(${expression(g, s, 'time')}, 'YYYY')`,
    (g, s) => wholeRowText(g, s),
    (g, s) => fieldOfRow(g, s, 'text'),
  ],
  time: [
    (g, s) => `date_trunc('month', ${expression(g, s, 'time')})`,
    (g, s) => `(${expression(g, s, 'time')} + interval '1 day')`,
  ],
  json: [
    (g, s) => `to_jsonb(${expression(g, s, 'text')})`,
    (g, s) => `jsonb_build_object('k', ${expression(g, s, 'int')}, 'v', ${expression(g, s, 'text')})`,
    (g, s) => `(${expression(g, s, 'json')} -> 'a')`,
    (g, s) => wholeRowJson(g, s),
    (g, s) => (g.version >= 16 ? `JSON_OBJECT('a': ${expression(g, s, 'text')} RETURNING jsonb)` : "'{}'::jsonb"),
    (g, s) => (g.version >= 17 ? `JSON_QUERY(${expression(g, s, 'json')}, '$.a')` : "'{}'::jsonb"),
  ],
};

/** An expression of that type over the names in scope. */
export function expression(grammar: Grammar, scope: Scope, type: Type): string {
  const { random } = grammar;
  if (type === 'bool') return `(${grammar.rules.condition(deeper(grammar), scope)})`;
  if (grammar.depth > 0 && random.chance(0.12)) return scalarQuery(grammar, scope, type);
  if (type !== 'other' && grammar.depth > 0 && random.chance(0.3))
    return random.pick(RULES[type])(deeper(grammar), scope);
  return columnOf(grammar, scope, type) ?? random.pick(LITERALS[type]);
}

/** `(SELECT x ...)`: of one column, and correlated where it likes. */
export function scalarQuery(grammar: Grammar, scope: Scope, type: Type): string {
  return `(${grammar.rules.query(deeper(grammar), inner(scope), [type]).text})`;
}

/** A reference to a column of that type, of this level or of one around it. */
export function columnOf(grammar: Grammar, scope: Scope, type: Type): string | undefined {
  const { random } = grammar;
  const here = scope.items.flatMap((item) =>
    item.columns.filter((one) => one.type === type).map((one) => ({ item, one })),
  );
  const around = scope.outer;
  if (around !== undefined && (here.length === 0 || random.chance(0.25))) {
    const found = columnOf(grammar, around, type);
    // A name by itself could be caught by an inner level: that is worth a try now and then.
    if (found !== undefined && (found.includes('.') || random.chance(0.2))) return found;
  }
  const chosen = random.pickFrom(here);
  return chosen === undefined ? undefined : reference(grammar, scope, chosen.item, chosen.one);
}

export function reference({ random }: Grammar, scope: Scope, item: Item, column: Column): string {
  const owners = scope.items.filter((one) => one.columns.some(({ name }) => name === column.name));
  const isUnique = owners.length === 1 && item.columns.filter(({ name }) => name === column.name).length === 1;
  const name = ident(random, column.name);
  return (isUnique && random.chance(0.5)) || item.alias === '' ? name : `${ident(random, item.alias)}.${name}`;
}

function rowItem({ random }: Grammar, scope: Scope): Item | undefined {
  return random.pickFrom(scope.items.filter((item) => item.isTable));
}

function wholeRowText(grammar: Grammar, scope: Scope): string {
  const item = rowItem(grammar, scope);
  if (item === undefined) return "'r'::text";
  const name = ident(grammar.random, item.alias);
  return grammar.random.pick([
    `${name}::text`,
    `(${name}.*)::text`,
    `row_to_json(${name})::text`,
    `ROW(${name}.*)::text`,
  ]);
}

function wholeRowJson(grammar: Grammar, scope: Scope): string {
  const item = rowItem(grammar, scope);
  return item === undefined ? "'{}'::jsonb" : `to_jsonb(${ident(grammar.random, item.alias)})`;
}

/** `(c).name` and `name(c)`. */
function fieldOfRow(grammar: Grammar, scope: Scope, type: Type): string {
  const item = rowItem(grammar, scope);
  const column = grammar.random.pickFrom(item?.columns.filter((one) => one.type === type) ?? []);
  if (item === undefined || column === undefined) return "'f'::text";
  const [row, field] = [item.alias, column.name].map((name) => ident(grammar.random, name));
  return grammar.random.chance(0.7) ? `(${row}).${field}::text` : `${field}(${row})::text`;
}
