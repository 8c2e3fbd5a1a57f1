import { beforeEach, expect, it } from 'vitest';
import type { Effect, StatementFacts } from '../../../policy/access/facts.ts';
import { type NameChange, type Portal, SessionNames } from '../../../proxy/session/names.ts';

const namespace = { searchPath: [], role: 'r', tempRelations: [], key: 'k' };
const facts = { statements: [] };
const statement = (text: string) => ({ text, facts });
const portal = (text: string, isHoldable = false): Portal => ({ text, facts, namespace, isHoldable });
const prepared = (name: string, batch: number, text: string | undefined): NameChange => ({
  target: 'S',
  name,
  batch,
  value: text === undefined ? undefined : statement(text),
});
const unknown = { kind: 'unknown' };

let names: SessionNames;
beforeEach(() => {
  names = new SessionNames();
});

function apply(effect: Effect, text = ''): void {
  const carrier: StatementFacts = {
    kind: 'X',
    span: { start: 0, end: text.length },
    accesses: [],
    opaque: [],
    effects: [effect],
    isReadOnly: true,
  };
  names.apply(effect, carrier, text, namespace);
}

function define(name: string, text: string): void {
  const change = prepared(name, 0, text);
  names.expect(change);
  names.confirm(change);
}

it('uses a definition of the same batch before it is confirmed, and one of an earlier batch not', () => {
  names.expect(prepared('s', 1, 'SELECT 1'));
  expect(names.statement('s', 1)).toEqual({ kind: 'known', value: statement('SELECT 1') });
  expect(names.statement('s', 2)).toEqual({ kind: 'unsettled' });
});

it('goes back to the confirmed text when upstream refuses the new one', () => {
  define('s', 'old');
  const change = prepared('s', 1, 'new');
  names.expect(change);
  names.drop(change);
  expect(names.statement('s', 2)).toEqual({ kind: 'known', value: statement('old') });
  expect(names.hasPending).toBe(false);
});

it('takes the last of several pending changes of a name', () => {
  define('s', 'old');
  const close = prepared('s', 1, undefined);
  names.expect(close);
  expect(names.statement('s', 1)).toEqual(unknown);
  names.expect(prepared('s', 1, 'new'));
  names.confirm(close);
  expect(names.statement('s', 1)).toEqual({ kind: 'known', value: statement('new') });
});

it('compares the first 63 bytes of a name, also inside a character', () => {
  define(`${'é'.repeat(31)}éx`, 'one');
  expect(names.statement(`${'é'.repeat(31)}è`, 1)).toMatchObject({ kind: 'known' });
  expect(names.statement(`${'é'.repeat(30)}x`, 1)).toEqual(unknown);
});

it('tells upper from lower case', () => {
  define('S', 'one');
  expect(names.statement('s', 1)).toEqual(unknown);
});

it('shares names between PREPARE and Parse, and forgets them at DEALLOCATE and DISCARD ALL', () => {
  apply({ kind: 'prepare', name: 'q', body: { start: 13, end: 21 } }, 'PREPARE q AS SELECT 1');
  expect(names.statement('q', 1)).toMatchObject({ value: { text: 'SELECT 1' } });
  apply({ kind: 'deallocate', name: 'q' });
  expect(names.statement('q', 1)).toEqual(unknown);
  define('a', 'x');
  apply({ kind: 'deallocate', name: undefined });
  expect(names.statement('a', 1)).toEqual(unknown);
  define('b', 'x');
  apply({ kind: 'discard', what: 'plans' });
  expect(names.statement('b', 1)).toMatchObject({ kind: 'known' });
  apply({ kind: 'discard', what: 'all' });
  expect(names.statement('b', 1)).toEqual(unknown);
  expect(names.textLength).toBe(0);
});

it('drops portals at the end of the transaction but for cursors WITH HOLD; statements stay', () => {
  define('s', 'x');
  const bound: NameChange = { target: 'P', name: 'p', batch: 1, value: portal('x') };
  names.expect(bound);
  names.confirm(bound);
  apply({ kind: 'declareCursor', name: 'c' }, 'DECLARE c CURSOR FOR SELECT 1');
  apply({ kind: 'declareCursor', name: 'h' }, 'DECLARE h CURSOR WITH HOLD FOR SELECT 1');
  names.endTransaction();
  expect(names.portal('p', 2)).toEqual(unknown);
  expect(names.portal('c', 2)).toEqual(unknown);
  expect(names.portal('h', 2)).toMatchObject({ kind: 'known' });
  expect(names.statement('s', 2)).toMatchObject({ kind: 'known' });
});

it('gives a declared cursor what its query reads, without the effect of DECLARE', () => {
  apply({ kind: 'declareCursor', name: 'c' }, 'DECLARE c CURSOR FOR SELECT 1');
  expect(names.portal('c', 1)).toMatchObject({ value: { facts: { statements: [{ kind: 'SELECT', effects: [] }] } } });
  apply({ kind: 'closeCursor', name: undefined });
  expect(names.portal('c', 1)).toEqual(unknown);
});
