import { condition } from './condition.ts';
import { expression } from './expression.ts';
import { type Grammar, NO_SCOPE, type Table } from './grammar.ts';
import { query } from './query.ts';
import { createRandom } from './random.ts';
import { writingWith } from './with.ts';
import { write } from './writes.ts';

export type Setting = {
  readonly tables: readonly Table[];
  readonly searchPath: readonly string[];
  readonly version: number;
};

/** One statement; the same for the same seed, so that a failure can be made again. */
export function generate(seed: number, setting: Setting): string {
  const random = createRandom(seed);
  let names = 0;
  const fresh = (prefix: string): string => {
    names += 1;
    return `${prefix}${names}`;
  };
  const rules = { expression, condition, query };
  return statement({ ...setting, random, rules, fresh, depth: random.pick([1, 2, 2, 3]) });
}

function statement(grammar: Grammar): string {
  const { random } = grammar;
  if (random.chance(0.25)) return write(grammar).text;
  if (random.chance(0.04)) return writingWith(grammar, write(grammar, true), (scope) => query(grammar, scope).text);
  if (random.chance(0.03)) return `TABLE ${random.pick(['public.orders', 'hr.staff', 'public.customer_tax'])}`;
  const { text } = query(grammar, NO_SCOPE);
  return random.chance(0.06) ? carried(grammar, text) : text;
}

function carried({ random }: Grammar, text: string): string {
  return random.pick([
    `EXPLAIN ${text}`,
    `EXPLAIN (VERBOSE, COSTS off) ${text}`,
    `DECLARE cur CURSOR FOR ${text}`,
    `CREATE TEMP TABLE made AS ${text}`,
    `COPY (${text}) TO STDOUT`,
  ]);
}
