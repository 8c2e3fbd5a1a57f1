import { fromClause } from './from.ts';
import {
  type Column,
  deeper,
  type From,
  type Grammar,
  ident,
  inner,
  NO_SCOPE,
  type Query,
  type Scope,
  type Type,
} from './grammar.ts';
import { groupedQuery } from './grouped.ts';
import { withClause } from './with.ts';

const RESULTS: readonly [Type, ...Type[]] = ['int', 'text', 'text', 'num', 'time', 'json', 'bool'];

/** Any query: SELECT in its forms, set operations, WITH around them. */
export function query(grammar: Grammar, scope: Scope, wanted?: readonly Type[]): Query {
  const { random } = grammar;
  if (grammar.depth > 0 && random.chance(0.12)) {
    const clause = withClause(deeper(grammar), scope);
    const body = query(deeper(grammar), clause.scope, wanted);
    return { text: `${clause.text} ${body.text}`, columns: body.columns };
  }
  if (grammar.depth > 0 && random.chance(0.1)) return setOperation(grammar, scope, wanted ?? someTypes(grammar));
  if (grammar.depth > 0 && random.chance(0.15))
    return groupedQuery(grammar, fromClause(grammar, scope), scope, wanted ?? someTypes(grammar));
  return plainQuery(grammar, scope, wanted);
}

function someTypes({ random }: Grammar): readonly Type[] {
  return Array.from({ length: 1 + random.below(3) }, () => random.pick(RESULTS));
}

function setOperation(grammar: Grammar, scope: Scope, wanted: readonly Type[]): Query {
  const { random } = grammar;
  const left = plainQuery(deeper(grammar), scope, wanted);
  const right = random.chance(0.3) ? query(deeper(grammar), scope, wanted) : plainQuery(deeper(grammar), scope, wanted);
  const word = random.pick(['UNION', 'UNION ALL', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'EXCEPT ALL']);
  const order = random.chance(0.3) ? ' ORDER BY 1' : '';
  return { text: `(${left.text}) ${word} (${right.text})${order}`, columns: left.columns };
}

function plainQuery(grammar: Grammar, scope: Scope, wanted?: readonly Type[]): Query {
  const { random } = grammar;
  const from = fromClause(grammar, scope);
  const own: Scope = { ...scope, items: from.items };
  const isStar = wanted === undefined && random.chance(0.2);
  const result = isStar ? starTargets(grammar, own) : targets(grammar, own, wanted ?? someTypes(grammar));
  const distinct = distinctClause(grammar, own);
  const where = random.chance(0.6) ? ` WHERE ${grammar.rules.condition(grammar, own)}` : '';
  const order = orderBy(grammar, own, result, distinct);
  const tail = tailClauses(grammar, own, from, distinct);
  return { text: `SELECT ${distinct}${result.text} FROM ${from.text}${where}${order}${tail}`, columns: result.columns };
}

function starTargets({ random }: Grammar, scope: Scope): Query {
  const item = random.pickFrom(scope.items.filter((one) => one.isTable));
  const chosen = item === undefined || random.chance(0.5) ? undefined : item;
  const columns = chosen === undefined ? scope.items.flatMap((one) => one.columns) : chosen.columns;
  const named = columns.filter(({ name }) => columns.filter((one) => one.name === name).length === 1);
  return { text: chosen === undefined ? '*' : `${ident(random, chosen.alias)}.*`, columns: named };
}

function targets(grammar: Grammar, scope: Scope, types: readonly Type[]): Query {
  const { random } = grammar;
  const columns: Column[] = [];
  const texts = types.map((type, at) => {
    const value = random.chance(0.08) ? windowed(grammar, scope, type) : grammar.rules.expression(grammar, scope, type);
    const name = grammar.fresh('c');
    columns.push({ name, type });
    return random.chance(0.9) || at === 0 ? `${value} AS ${name}` : `${value} ${name}`;
  });
  return { text: texts.join(', '), columns };
}

function windowed(grammar: Grammar, scope: Scope, type: Type): string {
  const { random } = grammar;
  const value = (of: Type): string => grammar.rules.expression(deeper(grammar), scope, of);
  const over = `OVER (PARTITION BY ${value('text')} ORDER BY ${value('int')}${random.chance(0.3) ? ' ROWS BETWEEN 1 PRECEDING AND CURRENT ROW' : ''})`;
  if (type === 'int') return random.pick([`row_number() ${over}`, `count(*) ${over}`, `rank() ${over}`]) + '::int';
  return `${random.pick(['lag', 'first_value', 'last_value'])}(${value(type)}) ${over}`;
}

function distinctClause(grammar: Grammar, scope: Scope): string {
  const { random } = grammar;
  if (random.chance(0.9)) return '';
  return random.chance(0.5)
    ? 'DISTINCT '
    : `DISTINCT ON (${grammar.rules.expression(deeper(grammar), scope, 'text')}) `;
}

function orderBy(grammar: Grammar, scope: Scope, result: Query, distinct: string): string {
  const { random } = grammar;
  if (distinct !== '' || random.chance(0.7)) return '';
  const named = random.pickFrom(result.columns);
  const by = [
    named !== undefined && result.text !== '*' && !result.text.endsWith('.*') ? ident(random, named.name) : '1',
    grammar.rules.expression(deeper(grammar), scope, random.pick(['int', 'text'])),
  ];
  return ` ORDER BY ${by[random.below(2)]}${random.pick(['', ' DESC', ' NULLS FIRST', ' USING <'])}`;
}

function tailClauses(grammar: Grammar, scope: Scope, from: From, distinct: string): string {
  const { random } = grammar;
  const limit = random.chance(0.15)
    ? ` LIMIT ${random.pick(['3', '$1::int', '(SELECT count(*) FROM public.settings)'])}`
    : '';
  const isPlain = distinct === '' && scope.items.length === 1 && /^[\w."]+( (AS )?\w+)?$/.test(from.text);
  const lock = isPlain && random.chance(0.05) ? ` FOR ${random.pick(['UPDATE', 'SHARE', 'NO KEY UPDATE'])}` : '';
  return `${limit}${lock}`;
}

/** A query for `INSERT ... SELECT` and the like, that sees nothing around it. */
export function freeQuery(grammar: Grammar, wanted: readonly Type[]): Query {
  return query(grammar, inner(NO_SCOPE), wanted);
}
