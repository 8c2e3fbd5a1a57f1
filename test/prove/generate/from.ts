import {
  type Column,
  deeper,
  type From,
  type Grammar,
  ident,
  inner,
  type Item,
  type Scope,
  type Table,
  tableName,
} from './grammar.ts';

/** @param scope what is around: sub-queries see it, and LATERAL ones what stands to their left as well */
export function fromClause(grammar: Grammar, scope: Scope): From {
  let from = fromItem(grammar, scope);
  const { random } = grammar;
  for (let more = random.pick([0, 0, 1, 1, 2]); more > 0; more -= 1) {
    const left: Scope = { ...scope, items: from.items };
    const right = fromItem(grammar, { ...left, items: [] }, left);
    from = random.chance(0.2) ? comma(from, right) : join(grammar, scope, from, right);
  }
  return from;
}

function comma(left: From, right: From): From {
  return { text: `${left.text}, ${right.text}`, items: [...left.items, ...right.items] };
}

function join(grammar: Grammar, scope: Scope, left: From, right: From): From {
  const { random } = grammar;
  const kind = random.pick(['JOIN', 'INNER JOIN', 'LEFT JOIN', 'RIGHT OUTER JOIN', 'FULL JOIN', 'CROSS JOIN']);
  const items = [...left.items, ...right.items];
  // What is on the right of FULL and RIGHT may not look to the left.
  const isLateral = /LATERAL|unnest|jsonb_/.test(right.text);
  const word = isLateral ? 'LEFT JOIN' : kind;
  if (word === 'CROSS JOIN') return { text: `${left.text} CROSS JOIN ${right.text}`, items };
  const shared = sharedColumns(left.items, right.items);
  const merged = random.pickFrom(shared);
  if (merged !== undefined && random.chance(0.45))
    return using(grammar, { text: `${left.text} ${word} ${right.text}`, items }, merged);
  if (shared.length > 0 && left.items.length === 1 && random.chance(0.15)) {
    return { text: `${left.text} NATURAL ${word} ${right.text}`, items };
  }
  const joined = `${left.text} ${word} ${right.text} ON ${grammar.rules.condition(deeper(grammar), { ...scope, items })}`;
  return random.chance(0.15) ? aliased(grammar, joined, items) : { text: joined, items };
}

/** USING makes one column of two: a name by itself is not ambiguous, and PostgreSQL asks for both. */
function using(grammar: Grammar, joined: From, column: Column): From {
  const alias = grammar.fresh('u');
  const name = ident(grammar.random, column.name);
  if (grammar.random.chance(0.8)) return { text: `${joined.text} USING (${name})`, items: joined.items };
  const merged: Item = { alias, columns: [column], isTable: true };
  return { text: `${joined.text} USING (${name}) AS ${alias}`, items: [...joined.items, merged] };
}

/** `(a JOIN b ON ...) AS j`: only j can be named outside. */
function aliased(grammar: Grammar, text: string, items: readonly Item[]): From {
  const alias = grammar.fresh('j');
  const columns = items.flatMap((item) => item.columns);
  const renamed = columns.map((column, at) => ({ ...column, name: `k${at}` }));
  const isRenamed = grammar.random.chance(0.5);
  const names = isRenamed ? `(${renamed.map(({ name }) => name).join(', ')})` : '';
  const seen = isRenamed
    ? renamed
    : columns.filter(({ name }) => columns.filter((one) => one.name === name).length === 1);
  return { text: `(${text}) AS ${alias}${names}`, items: [{ alias, columns: seen, isTable: isRenamed }] };
}

function sharedColumns(left: readonly Item[], right: readonly Item[]): readonly Column[] {
  const [only] = right;
  if (right.length !== 1 || only === undefined) return [];
  const known = left.flatMap((item) => item.columns);
  return only.columns.filter(
    (column) =>
      column.type !== 'other' &&
      known.filter(({ name }) => name === column.name).length === 1 &&
      known.some(({ name, type }) => name === column.name && type === column.type),
  );
}

function fromItem(grammar: Grammar, scope: Scope, left?: Scope): From {
  const { random } = grammar;
  const cte = random.pickFrom(scope.ctes);
  if (cte !== undefined && random.chance(0.4)) return named(grammar, ident(random, cte.alias), cte.columns, cte.alias);
  if (grammar.depth > 0 && random.chance(0.2)) return derived(grammar, scope, left);
  if (random.chance(0.07)) return rowsFromFunction(grammar, left ?? scope);
  if (random.chance(0.04)) return values(grammar);
  const table = random.pickFrom(grammar.tables);
  return table === undefined ? values(grammar) : tableItem(grammar, table);
}

function tableItem(grammar: Grammar, table: Table): From {
  const { random } = grammar;
  const written = tableName(grammar, table);
  const name = random.chance(0.05) ? `ONLY ${written}` : random.chance(0.04) ? `${written} *` : written;
  const sample = table.kind === 'table' && random.chance(0.03) ? ' TABLESAMPLE bernoulli (50)' : '';
  return named(grammar, name, table.columns, table.name, sample);
}

/** With or without an alias, and sometimes with other names for the first columns. */
function named(grammar: Grammar, text: string, columns: readonly Column[], own: string, after = ''): From {
  const { random } = grammar;
  if (random.chance(0.1)) return { text: `${text}${after}`, items: [{ alias: own, columns, isTable: true }] };
  const alias = grammar.fresh('t');
  const renames = random.chance(0.1) ? columns.slice(0, 1 + random.below(3)).map((_, at) => `${alias}_${at}`) : [];
  const seen = columns.map((column, at) => ({ ...column, name: renames[at] ?? column.name }));
  const list = renames.length > 0 ? `(${renames.join(', ')})` : '';
  return {
    text: `${text} ${random.chance(0.5) ? 'AS ' : ''}${alias}${list}${after}`,
    items: [{ alias, columns: seen, isTable: true }],
  };
}

function derived(grammar: Grammar, scope: Scope, left?: Scope): From {
  const isLateral = left !== undefined && grammar.random.chance(0.5);
  const sub = grammar.rules.query(deeper(grammar), isLateral ? inner(left) : inner({ ...scope, items: [] }));
  const alias = grammar.fresh('d');
  return rows(`${isLateral ? 'LATERAL ' : ''}(${sub.text}) AS ${alias}`, alias, sub.columns);
}

function rowsFromFunction(grammar: Grammar, scope: Scope): From {
  const alias = grammar.fresh('f');
  const series: Column = { name: 'n', type: 'int' };
  const rules: readonly [() => From, ...(() => From)[]] = [
    () =>
      rows(`generate_series(1, ${grammar.rules.expression(deeper(grammar), scope, 'int')}) AS ${alias}(n)`, alias, [
        series,
      ]),
    () =>
      rows(
        `unnest(ARRAY[${grammar.rules.expression(deeper(grammar), scope, 'text')}]) WITH ORDINALITY AS ${alias}(v, n)`,
        alias,
        [{ name: 'v', type: 'text' }, series],
      ),
    () =>
      rows(`jsonb_each_text(${grammar.rules.expression(deeper(grammar), scope, 'json')}) AS ${alias}(k, v)`, alias, [
        { name: 'k', type: 'text' },
        { name: 'v', type: 'text' },
      ]),
    () =>
      rows(`ROWS FROM (generate_series(1, 2), unnest(ARRAY['a'])) AS ${alias}(n, v)`, alias, [
        series,
        { name: 'v', type: 'text' },
      ]),
    () =>
      rows(`public.customers_in(${grammar.rules.expression(deeper(grammar), scope, 'text')}) AS ${alias}`, alias, [
        { name: 'cid', type: 'int' },
        { name: 'cname', type: 'text' },
      ]),
  ];
  return grammar.random.pick(rules)();
}

function values(grammar: Grammar): From {
  const alias = grammar.fresh('v');
  return rows(`(VALUES (1, 'a'::text), (2, 'b'::text)) AS ${alias}(x, y)`, alias, [
    { name: 'x', type: 'int' },
    { name: 'y', type: 'text' },
  ]);
}

function rows(text: string, alias: string, columns: readonly Column[]): From {
  return { text, items: [{ alias, columns, isTable: true }] };
}
