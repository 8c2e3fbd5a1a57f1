import { type Column, deeper, type From, type Grammar, type Query, type Scope, type Type } from './grammar.ts';
import { columnOf } from './expression.ts';

/** SELECT with GROUP BY, grouping sets, HAVING and aggregates. */
export function groupedQuery(grammar: Grammar, from: From, scope: Scope, wanted: readonly Type[]): Query {
  const { random } = grammar;
  const own: Scope = { ...scope, items: from.items };
  const isLocal = (name: string | undefined): name is string => name !== undefined;
  const local: Scope = { ...own, outer: undefined };
  const keys = (['text', 'int'] as const).map((type) => columnOf(grammar, local, type)).filter(isLocal);
  const columns: Column[] = [];
  const texts = wanted.map((type) => {
    const name = grammar.fresh('g');
    columns.push({ name, type });
    return `${aggregate(grammar, own, type)} AS ${name}`;
  });
  const by = groupBy(grammar, keys);
  const having = random.chance(0.3) ? ` HAVING ${aggregate(grammar, own, 'int')} > 1` : '';
  const where = random.chance(0.4) ? ` WHERE ${grammar.rules.condition(deeper(grammar), own)}` : '';
  return { text: `SELECT ${texts.join(', ')} FROM ${from.text}${where}${by}${having}`, columns };
}

function groupBy({ random }: Grammar, keys: readonly string[]): string {
  if (keys.length === 0 || random.chance(0.2)) return '';
  const list = keys.join(', ');
  return ` GROUP BY ${random.pick([list, list, `ROLLUP (${list})`, `CUBE (${list})`, `GROUPING SETS ((${list}), ())`, `DISTINCT ${list}`])}`;
}

function aggregate(grammar: Grammar, scope: Scope, type: Type): string {
  const { random } = grammar;
  const value = (of: Type): string => grammar.rules.expression(deeper(grammar), scope, of);
  const filter = random.chance(0.15) ? ` FILTER (WHERE ${grammar.rules.condition(deeper(grammar), scope)})` : '';
  switch (type) {
    case 'int':
      return (
        random.pick([
          `count(*)${filter}`,
          `count(DISTINCT ${value('text')})${filter}`,
          `sum(${value('int')})${filter}`,
        ]) + '::int'
      );
    case 'num':
      return `avg(${value('num')})${filter}`;
    case 'text':
      return random.pick([
        `string_agg(${value('text')}, ',' ORDER BY ${value('int')})${filter}`,
        `min(${value('text')})${filter}`,
        `percentile_disc(0.5) WITHIN GROUP (ORDER BY ${value('text')})${filter}`,
      ]);
    case 'time':
      return `max(${value('time')})${filter}`;
    case 'json':
      return random.pick([`jsonb_agg(${value('text')})${filter}`, jsonAggregate(grammar, value('text'))]);
    case 'bool':
      return `bool_or(${value('bool')})${filter}`;
    case 'other':
      return 'NULL';
  }
}

function jsonAggregate({ version }: Grammar, value: string): string {
  return version >= 16 ? `JSON_ARRAYAGG(${value} RETURNING jsonb)` : `jsonb_agg(${value})`;
}
