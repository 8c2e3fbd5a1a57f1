import { describe, expect, it } from 'vitest';
import { type Phase, type SessionEvent, step } from '../../../proxy/session/phase.ts';

const frame = (letter: string): SessionEvent => ({ kind: 'frame', type: letter.charCodeAt(0) });
const ready: Phase = { kind: 'ready' };
const skipping: Phase = { kind: 'skippingToSync' };
const copyIn: Phase = { kind: 'copyIn' };
const judging: Phase = { kind: 'judging' };
const holding: Phase = { kind: 'holding', challengeId: 'c', deadlineMs: 1 };
const passOn = { kind: 'passOn' };

describe('step', () => {
  it.each([
    ['Q', 'query'],
    ['F', 'functionCall'],
    ['P', 'parse'],
    ['B', 'bind'],
    ['E', 'execute'],
  ])('judges %s', (letter, message) => {
    expect(step(ready, frame(letter))).toEqual([judging, [{ kind: 'handle', message }]]);
  });

  it.each([
    ['D', 'describe'],
    ['C', 'close'],
    ['H', 'flush'],
    ['S', 'sync'],
  ])('handles %s without a decision', (letter, message) => {
    expect(step(ready, frame(letter))).toEqual([ready, [{ kind: 'handle', message }]]);
  });

  it.each(['d', 'c', 'f'])('passes %s on outside COPY, where PostgreSQL ignores it', (letter) => {
    expect(step(ready, frame(letter))).toEqual([ready, [passOn]]);
    expect(step(skipping, frame(letter))).toEqual([skipping, [passOn]]);
  });

  it('ignores everything up to Sync after an error, a Query too', () => {
    for (const letter of 'QFPBEDCH') expect(step(skipping, frame(letter))).toEqual([skipping, []]);
    expect(step(skipping, frame('S'))).toEqual([ready, [{ kind: 'handle', message: 'sync' }]]);
  });

  it('does not send Flush and Sync during COPY IN, ends it at CopyDone and CopyFail, and allows nothing else', () => {
    for (const letter of 'HS') expect(step(copyIn, frame(letter))).toEqual([copyIn, []]);
    expect(step(copyIn, frame('d'))).toEqual([copyIn, [passOn]]);
    for (const letter of 'cf') expect(step(copyIn, frame(letter))).toEqual([ready, [passOn]]);
    for (const letter of 'QFPBEDC')
      expect(step(copyIn, frame(letter))[1]).toMatchObject([{ kind: 'protocolViolation' }]);
  });

  it('terminates from every phase but the closed one', () => {
    for (const phase of [ready, skipping, copyIn, judging, holding]) {
      expect(step(phase, frame('X'))[1]).toEqual([{ kind: 'terminate' }]);
    }
    expect(step({ kind: 'closed' }, frame('X'))).toEqual([{ kind: 'closed' }, []]);
  });

  it('has no message handled while another is judged or held', () => {
    for (const phase of [judging, holding]) {
      expect(step(phase, frame('Q'))).toMatchObject([phase, [{ kind: 'protocolViolation' }]]);
    }
  });

  it('judges a released statement again, and is ready after the judgement', () => {
    const held: SessionEvent = { kind: 'held', challengeId: 'c', deadlineMs: 1 };
    expect(step(judging, held)[0]).toEqual(holding);
    expect(step(holding, { kind: 'released' })[0]).toEqual(judging);
    expect(step(judging, { kind: 'judged' })[0]).toEqual(ready);
  });

  it('keeps skipping when the judgement of a message in a failed batch ends', () => {
    expect(step(judging, { kind: 'batchFailed' })[0]).toEqual(skipping);
    expect(step(skipping, { kind: 'judged' })[0]).toEqual(skipping);
  });

  it('refuses what is no frontend message', () => {
    expect(step(ready, frame('!'))[1]).toMatchObject([{ kind: 'protocolViolation' }]);
  });
});
