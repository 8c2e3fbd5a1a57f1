import { columnOf } from './expression.ts';
import { deeper, type Grammar, inner, type Scope, type Type } from './grammar.ts';

const COMPARABLE: readonly [Type, ...Type[]] = ['int', 'int', 'text', 'text', 'num', 'time'];

/** A boolean expression, as WHERE, ON, HAVING and FILTER take it. */
export function condition(grammar: Grammar, scope: Scope): string {
  const { random } = grammar;
  if (grammar.depth <= 0) return comparison(grammar, scope);
  const rules: readonly [() => string, ...(() => string)[]] = [
    () => comparison(grammar, scope),
    () => comparison(grammar, scope),
    () => comparison(grammar, scope),
    () => `${condition(deeper(grammar), scope)} AND ${condition(deeper(grammar), scope)}`,
    () => `(${condition(deeper(grammar), scope)} OR NOT ${condition(deeper(grammar), scope)})`,
    () => `${random.pick(['EXISTS', 'NOT EXISTS'])} (${grammar.rules.query(deeper(grammar), inner(scope)).text})`,
    () => inQuery(grammar, scope),
    () => rowComparison(grammar, scope),
    () => columnOf(grammar, scope, 'bool') ?? 'true',
  ];
  return random.pick(rules)();
}

function comparison(grammar: Grammar, scope: Scope): string {
  const { random } = grammar;
  const type = random.pick(COMPARABLE);
  const left = grammar.rules.expression(deeper(grammar), scope, type);
  const other = (): string => grammar.rules.expression(deeper(grammar), scope, type);
  if (type === 'text' && random.chance(0.3))
    return `${left} ${random.pick(['LIKE', 'NOT LIKE', '~', 'ILIKE'])} ${other()}`;
  const rules: readonly [() => string, ...(() => string)[]] = [
    () => `${left} ${random.pick(['=', '<>', '<', '>='])} ${other()}`,
    () => `${left} IS ${random.pick(['NULL', 'NOT NULL'])}`,
    () => `${left} BETWEEN ${other()} AND ${other()}`,
    () => `${left} IN (${other()}, ${other()})`,
    () => `${left} IS DISTINCT FROM ${other()}`,
    () => `${left} = ANY (ARRAY[${other()}])`,
  ];
  return random.pick(rules)();
}

function inQuery(grammar: Grammar, scope: Scope): string {
  const { random } = grammar;
  const type = random.pick(COMPARABLE);
  const sub = grammar.rules.query(deeper(grammar), inner(scope), [type]).text;
  return `${grammar.rules.expression(deeper(grammar), scope, type)} ${random.pick(['IN', 'NOT IN', '= ANY', '< ALL'])} (${sub})`;
}

function rowComparison(grammar: Grammar, scope: Scope): string {
  const types: readonly Type[] = ['int', 'text'];
  const row = (): string =>
    `(${types.map((type) => grammar.rules.expression(deeper(grammar), scope, type)).join(', ')})`;
  if (grammar.random.chance(0.5)) return `${row()} = ${row()}`;
  return `${row()} IN (${grammar.rules.query(deeper(grammar), inner(scope), types).text})`;
}
