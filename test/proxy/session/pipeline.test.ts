import { beforeEach, expect, it } from 'vitest';
import { createExecution, type Execution } from '../../../proxy/session/execution.ts';
import type { NameChange } from '../../../proxy/session/names.ts';
import { Pipeline, type Reaction } from '../../../proxy/session/pipeline.ts';
import { PgError } from '../../../proxy/wire/pg-error.ts';
import { cstr, i8, text } from '../../support/bytes.ts';

let pipeline: Pipeline;
beforeEach(() => {
  pipeline = new Pipeline();
});

const answer = (letter: string, payload: Buffer = Buffer.alloc(0)): Reaction =>
  pipeline.onMessage(letter.charCodeAt(0), payload);
const kinds = (reaction: Reaction): readonly string[] => reaction.events.map((event) => event.kind);
const errorFields = (sqlstate: string, severity = 'ERROR'): Buffer =>
  Buffer.concat([text('V'), cstr(severity), text('C'), cstr(sqlstate), text('M'), cstr('m'), i8(0)]);
const execution = (): Execution =>
  createExecution({ decisionId: 1, text: '', facts: { statements: [] }, startedAtMs: 0 });
const change: NameChange = { target: 'S', name: '', batch: 1, value: undefined };
const ours = new PgError({ sqlstate: '42501', message: 'no' });

it('drops what stands before the next Sync when upstream fails, and tells how each ended', () => {
  const second = execution();
  pipeline.push({ kind: 'execute', execution: execution() });
  pipeline.push({ kind: 'parse', change });
  pipeline.push({ kind: 'execute', execution: second });
  pipeline.push({ kind: 'sync', isOwn: false });
  pipeline.push({ kind: 'describe' });
  expect(kinds(answer('E', errorFields('22012')))).toEqual(['ended', 'dropped', 'ended', 'failed']);
  expect(second.sqlstate).toBe('22012');
  expect(answer('Z', text('I')).events).toEqual([{ kind: 'ready', status: 'I', isFailed: true }]);
  expect(pipeline.head).toEqual({ kind: 'describe' });
});

it('says that Sync is missing when the batch is not ended yet', () => {
  pipeline.push({ kind: 'parse', change });
  expect(answer('E', errorFields('42601')).events.at(-1)).toEqual({ kind: 'failed', isFatal: false, needsSync: true });
  expect(pipeline.isEmpty).toBe(true);
});

it('counts the statements of a Query and ends it at ReadyForQuery', () => {
  pipeline.push({ kind: 'query', execution: execution() });
  expect(answer('C', cstr('SELECT 1')).events).toMatchObject([{ kind: 'statementDone', index: 0, tag: 'SELECT 1' }]);
  expect(answer('C', cstr('SET')).events).toMatchObject([{ kind: 'statementDone', index: 1, tag: 'SET' }]);
  expect(kinds(answer('Z', text('T')))).toEqual(['ready', 'ended']);
});

it.each(['simple', 'extended'] as const)('replaces the error of a %s poison by ours', (protocol) => {
  pipeline.push({ kind: 'poison', protocol, error: ours });
  expect(answer('E', errorFields('42601')).relay).toEqual({ kind: 'replace', error: ours });
  expect(pipeline.isEmpty).toBe(protocol === 'extended');
});

it('leaves an error that came before the poison as it is', () => {
  pipeline.push({ kind: 'execute', execution: execution() });
  pipeline.push({ kind: 'poison', protocol: 'extended', error: ours });
  expect(answer('E', errorFields('22012')).relay).toEqual({ kind: 'pass' });
  expect(pipeline.isEmpty).toBe(true);
});

it('keeps the answer to a question of ours from the client, but not what may come at any time', () => {
  const probe = { closesLeft: 2, rows: [], maxPieces: 9, state: 'asked' as const };
  pipeline.push({ kind: 'probe', probe });
  pipeline.push({ kind: 'sync', isOwn: true });
  for (const letter of ['1', '2']) expect(answer(letter).relay.kind).toBe('swallow');
  expect(answer('A').relay.kind).toBe('pass');
  expect(answer('C', cstr('SELECT 1')).relay.kind).toBe('swallow');
  for (const letter of ['3', '3']) expect(answer(letter).relay.kind).toBe('swallow');
  expect(probe.state).toBe('answered');
  expect(answer('Z', text('I')).relay.kind).toBe('swallow');
});

it('ends the session at FATAL, whatever waits', () => {
  pipeline.push({ kind: 'query', execution: execution() });
  expect(answer('E', errorFields('57P01', 'FATAL')).events).toEqual([
    { kind: 'failed', isFatal: true, needsSync: false },
  ]);
});

it.each(['1', '2', '3', 'C', 's', 'G', 'H', 'Z', 'R', 'K', 'W', 'v'])(
  'takes an unasked %s for a violation',
  (letter) => {
    const payload = letter === 'C' ? cstr('X') : letter === 'Z' ? text('I') : Buffer.alloc(0);
    expect(() => answer(letter, payload)).toThrow(PgError);
  },
);

it('lets notices, notifications and parameters pass at any time', () => {
  for (const letter of ['N', 'A', 'S']) expect(answer(letter)).toEqual({ relay: { kind: 'pass' }, events: [] });
});

it('knows whether something in it writes or moves names, however it leaves', () => {
  const moving = { ...execution(), movesNames: true };
  const writing = { ...execution(), isWriting: true };
  const states = (): readonly boolean[] => [pipeline.isMovingNames, pipeline.isWriting];
  pipeline.push({ kind: 'query', execution: moving });
  expect(states()).toEqual([true, false]);
  answer('Z', text('I'));
  expect(states()).toEqual([false, false]);
  pipeline.push({ kind: 'execute', execution: writing });
  pipeline.push({ kind: 'execute', execution: moving });
  expect(states()).toEqual([true, true]);
  answer('C', cstr('UPDATE 1'));
  expect(states()).toEqual([true, false]);
  answer('E', errorFields('22012'));
  expect(states()).toEqual([false, false]);
  pipeline.push({ kind: 'query', execution: writing });
  pipeline.abandon();
  expect(states()).toEqual([false, false]);
});
