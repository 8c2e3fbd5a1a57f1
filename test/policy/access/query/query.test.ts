import { describe, expect, it } from 'vitest';
import { Collector } from '../../../../policy/access/collector.ts';
import type { TempRelation } from '../../../../policy/access/facts.ts';
import type { SpecialCall } from '../../../../policy/access/query/environment.ts';
import {
  analyseExpression,
  analyseQuery,
  analyseRelationExpression,
  readWholeRelation,
  resolveTypeUse,
  writeWholeRelation,
} from '../../../../policy/access/query/query.ts';
import { RefusedAnalysis } from '../../../../policy/access/refusal.ts';
import { bodyOf, list, tree } from '../../../../policy/access/tree.ts';
import { analyse, compact, compactSource, environment, lines, parse } from './world.ts';

const ssnColumn = { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' } as const;

function temp(over: Partial<TempRelation> = {}): TempRelation {
  const read = { action: 'select', resource: ssnColumn, usage: 'output', spans: [] } as const;
  return { name: 'customers', columns: ['id', 'note'], sources: [read], ...over };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RefusedAnalysis) return `${error.refusal.cause} ${error.refusal.sqlstate}`;
    throw error;
  }
  return 'accepted';
}

describe('the columns of a result', () => {
  it('carry their names and the base columns that flow in', () => {
    const { columns } = analyse('SELECT lower(ssn) || name AS a, id, 1 FROM customers');
    expect(columns.map((column) => column.name)).toEqual(['a', 'id', '?column?']);
    expect(columns.map((column) => column.sources.map(compactSource))).toEqual([
      ['public.customers.ssn derived', 'public.customers.name derived'],
      ['public.customers.id'],
      [],
    ]);
  });

  it('end with an open one where a function gives columns of unknown number', () => {
    const { columns } = analyse('SELECT * FROM orders o, jsonb_each(to_jsonb(o.note))');
    expect(columns.at(-1)?.isOpen).toBe(true);
    expect(columns.at(-1)?.sources.map(compactSource)).toEqual(['public.orders.note derived']);
  });

  it('are those of RETURNING for a write', () => {
    expect(analyse('DELETE FROM settings RETURNING *').columns.map((column) => column.name)).toEqual(['key', 'value']);
    expect(analyse('DELETE FROM settings').columns).toEqual([]);
  });
});

describe('temporary tables', () => {
  it('hide a table of their name, and reading them is reading what went in', () => {
    const env = environment({ temps: [temp()] });
    expect(lines('SELECT note FROM customers', env)).toEqual([
      'select public.customers.ssn condition via temp',
      'select public.customers.ssn output via temp',
    ]);
  });

  it('do not hide a table that is named with its schema', () => {
    const env = environment({ temps: [temp({ sources: [] })] });
    expect(lines('SELECT ssn FROM public.customers', env)).toEqual(['select public.customers.ssn output']);
    expect(lines('SELECT note FROM pg_temp.customers', env)).toEqual(['connect database']);
  });

  it('pass on calls and opaque parts that went into them', () => {
    const call = { action: 'execute', resource: { kind: 'function', schema: 'public', name: 'get_ssn' } } as const;
    const env = environment({ temps: [temp({ sources: [{ ...call, usage: 'none', spans: [] }] })] });
    expect(lines('SELECT count(*) FROM customers', env)).toEqual(['execute public.get_ssn via temp']);
  });

  it('accept any column where theirs are not known', () => {
    const env = environment({ temps: [temp({ columns: [] })] });
    expect(lines('SELECT whatever FROM customers', env)).toContain('select public.customers.ssn output via temp');
    expect(lines('UPDATE customers SET whatever = 1', env)).toEqual(['select public.customers.ssn condition via temp']);
  });

  it('may hold values of any type: what could be cast is charged', () => {
    const env = environment({ temps: [temp({ sources: [] })] });
    expect(lines("SELECT note || 'x' FROM customers", env)).toEqual(['execute public.ref_text']);
  });
});

describe('what cannot be vouched for is refused', () => {
  const refuse = (statement: unknown): string =>
    refusal(() => analyseQuery(statement, environment(), new Collector(environment().toSpan), 'output'));

  it('refuses a node kind without a rule', () => {
    const target = { ResTarget: { val: { BrandNewExpr: { location: 7 } } } };
    expect(refuse({ SelectStmt: { targetList: [target], op: 'SETOP_NONE' } })).toBe('unsupported 0A000');
    expect(refuse({ VacuumStmt: {} })).toBe('unsupported 0A000');
  });

  it('refuses a field with nodes in it that a known kind did not have', () => {
    const hidden = { ColumnRef: { fields: [{ String: { sval: 'ssn' } }] } };
    expect(refuse({ SelectStmt: { qualifyClause: hidden, op: 'SETOP_NONE' } })).toBe('unsupported 0A000');
  });

  it('refuses kinds of a known node that have no rule', () => {
    const join = { JoinExpr: { jointype: 'JOIN_SEMI' } };
    expect(refuse({ SelectStmt: { fromClause: [join], op: 'SETOP_NONE' } })).toBe('unsupported 0A000');
  });

  it('refuses more depth than the limit, and says so', () => {
    const env = { ...environment(), maxDepth: 50 };
    const sql = `SELECT ${'(SELECT '.repeat(60)}1${')'.repeat(60)}`;
    expect(refusal(() => analyse(sql, env))).toBe('limit 54000');
  });

  it('points at the place in the text', () => {
    const error = caught(() => analyse('SELECT  nope FROM customers'));
    expect(error.location).toBe(8);
    expect(error.withPosition((offset) => offset + 1)).toMatchObject({ position: 9, sqlstate: '42703' });
  });
});

function caught(work: () => unknown): RefusedAnalysis {
  try {
    work();
  } catch (error) {
    if (error instanceof RefusedAnalysis) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

it('walks long chains of operators and set operations', () => {
  expect(lines(`SELECT name${' || name'.repeat(1000)} || ssn FROM customers`)).toEqual([
    'select public.customers.name output',
    'select public.customers.ssn output',
  ]);
  const union = `SELECT name FROM customers${' UNION ALL SELECT note FROM orders'.repeat(600)} UNION ALL SELECT ssn FROM customers`;
  expect(lines(union)).toContain('select public.customers.ssn output');
});

it('stays linear where every query takes the one before it twice', () => {
  const queries = Array.from(
    { length: 60 },
    (_, at) => `, q${at + 1} AS (SELECT x.a || y.a AS a FROM q${at} x, q${at} y)`,
  );
  const sql = `WITH q0 AS (SELECT ssn AS a FROM customers)${queries.join('')} SELECT a FROM q60`;
  expect(lines(sql)).toEqual(['select public.customers.ssn output']);
});

it('hands built-ins with an effect to the caller, and charges them if it does not want them', () => {
  const seen: SpecialCall[] = [];
  const handled = { ...environment(), onSpecialCall: (call: SpecialCall) => seen.push(call) > 0 };
  expect(lines("SELECT set_config('a.b', 'x', false), lower('x')", handled)).toEqual(['connect database']);
  expect(seen.map((call) => [call.name, call.args.length])).toEqual([['set_config', 3]]);
  const declined = { ...environment(), onSpecialCall: () => false };
  expect(lines("SELECT set_config('a.b', 'x', false)", declined)).toEqual(['execute pg_catalog.set_config']);
});

it('says that row locks and writes are not read-only', () => {
  expect(analyse('SELECT 1 FROM orders').facts.isReadOnly).toBe(true);
  expect(analyse('SELECT 1 FROM orders FOR UPDATE').facts.isReadOnly).toBe(false);
  expect(analyse('WITH d AS (DELETE FROM orders RETURNING 1) SELECT 1 FROM d').facts.isReadOnly).toBe(false);
});

describe('statements that are not queries', () => {
  const gather = (work: (collector: Collector) => void): readonly string[] => {
    const collector = new Collector(environment().toSpan);
    work(collector);
    return collector.accesses().map(compact).sort();
  };
  const rangeVar = tree(bodyOf(parse('DELETE FROM settings')[0], 'DeleteStmt') ?? {}, 'relation') ?? {};
  const badges = tree(bodyOf(parse('DELETE FROM badges')[0], 'DeleteStmt') ?? {}, 'relation') ?? {};

  it('COPY TO reads the columns that it lists, or all of them', () => {
    expect(gather((to) => readWholeRelation(rangeVar, undefined, environment(), to))).toEqual([
      'select public.settings.key output',
      'select public.settings.value output',
    ]);
    expect(gather((to) => readWholeRelation(rangeVar, ['key'], environment(), to))).toEqual([
      'select public.settings.key output',
    ]);
  });

  it('COPY FROM writes them, and calls the defaults of the others', () => {
    expect(gather((to) => writeWholeRelation(badges, ['id'], environment(), to))).toEqual([
      'execute public.get_ssn via default',
      'insert public.badges.id write',
    ]);
  });

  it('WHERE of COPY FROM sees the columns of the relation', () => {
    const where = targetOf("SELECT key = 'x'");
    expect(gather((to) => analyseRelationExpression(where, rangeVar, environment(), to))).toEqual([
      'select public.settings.key condition',
    ]);
  });

  it('an expression that stands alone sees no columns', () => {
    expect(gather((to) => analyseExpression(targetOf('SELECT get_ssn(1)'), environment(), to))).toEqual([
      'execute public.get_ssn',
    ]);
    expect(refusal(() => gather((to) => analyseExpression(targetOf('SELECT key'), environment(), to)))).toBe(
      'unknownName 42703',
    );
  });

  it('a type of a parameter is checked like a cast to it', () => {
    const typeName = tree(bodyOf(targetOf("SELECT 'x'::verified"), 'TypeCast') ?? {}, 'typeName') ?? {};
    expect(gather((to) => resolveTypeUse(typeName, environment(), to))).toEqual(['execute public.is_fine']);
  });
});

function targetOf(sql: string): unknown {
  const select = bodyOf(parse(sql)[0], 'SelectStmt') ?? {};
  return bodyOf(list(select, 'targetList')[0], 'ResTarget')?.['val'];
}
