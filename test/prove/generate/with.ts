import { type Column, deeper, type Grammar, inner, type Item, type Query, type Scope, type Type } from './grammar.ts';

/** WITH: its text, and the scope in which its names can be used. */
export function withClause(grammar: Grammar, scope: Scope): { readonly text: string; readonly scope: Scope } {
  const { random } = grammar;
  if (random.chance(0.2)) return recursive(grammar, scope);
  const ctes: Item[] = [];
  const texts: string[] = [];
  for (let more = 1 + random.below(2); more > 0; more -= 1) {
    const sub = grammar.rules.query(deeper(grammar), inner({ ...scope, items: [], ctes: [...scope.ctes, ...ctes] }));
    const alias = cteName(grammar);
    if (ctes.some((cte) => cte.alias === alias)) continue;
    ctes.push({ alias, columns: sub.columns, isTable: true });
    texts.push(`${alias} AS ${random.pick(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED '])}(${sub.text})`);
  }
  return { text: `WITH ${texts.join(', ')}`, scope: { ...scope, ctes: [...hidden(scope, ctes), ...ctes] } };
}

/** Now and then the name of a table, which is hidden by it from here on. */
function cteName({ random, fresh }: Grammar): string {
  return random.chance(0.2) ? random.pick(['customers', 'orders', 'products', 'settings']) : fresh('w');
}

function hidden(scope: Scope, by: readonly Item[]): readonly Item[] {
  return scope.ctes.filter((cte) => !by.some(({ alias }) => alias === cte.alias));
}

function recursive(grammar: Grammar, scope: Scope): { readonly text: string; readonly scope: Scope } {
  const types: readonly Type[] = ['int', 'text'];
  const start = grammar.rules.query(deeper(grammar), inner({ ...scope, items: [] }), types);
  const alias = grammar.fresh('r');
  const [n, s] = [grammar.fresh('n'), grammar.fresh('s')];
  const columns: readonly Column[] = [
    { name: n, type: 'int' },
    { name: s, type: 'text' },
  ];
  const self: Item = { alias, columns, isTable: true };
  const filter = grammar.rules.condition(deeper(grammar), { ...scope, items: [self] });
  const step = `SELECT ${n} + 1, ${s} FROM ${alias} WHERE ${n} < 3 AND (${filter})`;
  const search = grammar.random.chance(0.2) ? ` SEARCH DEPTH FIRST BY ${n} SET ${grammar.fresh('q')}` : '';
  return {
    text: `WITH RECURSIVE ${alias}(${n}, ${s}) AS ((${start.text}) UNION ALL ${step})${search}`,
    scope: { ...scope, ctes: [...scope.ctes, self] },
  };
}

/** A writing statement with RETURNING as a WITH item: only outermost. */
export function writingWith(grammar: Grammar, written: Query, body: (scope: Scope) => string): string {
  const alias = grammar.fresh('m');
  const cte: Item = { alias, columns: written.columns, isTable: true };
  return `WITH ${alias} AS (${written.text}) ${body({ items: [], ctes: [cte], outer: undefined })}`;
}
