import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as backend from '../../../proxy/wire/backend-messages.ts';
import { BackendScanner } from '../../../proxy/wire/backend-scanner.ts';
import { BACKEND, FRONTEND, FrameReader } from '../../../proxy/wire/frames.ts';
import * as frontend from '../../../proxy/wire/frontend-messages.ts';
import { PgError } from '../../../proxy/wire/pg-error.ts';
import { frame } from '../../support/bytes.ts';

/** Lets any error through but a PgError: it would be an internal one, XX000 and an incident, for what is only a broken peer. */
function onlyPgErrors(run: () => unknown): true {
  try {
    run();
  } catch (error) {
    if (!(error instanceof PgError)) throw error;
  }
  return true;
}

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
const frontendFrame = fc
  .tuple(fc.constantFrom(...Object.values(FRONTEND)), bytes)
  .map(([type, payload]) => frame(String.fromCharCode(type), payload));
const backendFrame = fc
  .tuple(fc.constantFrom(...Object.values(BACKEND)), bytes)
  .map(([type, payload]) => frame(String.fromCharCode(type), payload));

/** Frames with, now and then, a byte changed, and cut anywhere. */
function brokenStream(frames: fc.Arbitrary<Buffer>): fc.Arbitrary<{ stream: Buffer; chunks: Buffer[] }> {
  return fc
    .record({
      stream: fc.array(fc.oneof({ weight: 5, arbitrary: frames }, { weight: 1, arbitrary: bytes }), { maxLength: 12 }),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
      cuts: fc.array(fc.nat(600), { maxLength: 10 }),
    })
    .map(({ stream: parts, flips, cuts }) => {
      const stream = Buffer.concat(parts);
      for (const [at, value] of flips) if (stream.length > 0) stream[at % stream.length] = value;
      const edges = [0, ...cuts.filter((at) => at <= stream.length).sort((a, b) => a - b), stream.length];
      return { stream, chunks: edges.slice(1).map((end, index) => Buffer.from(stream.subarray(edges[index], end))) };
    });
}

describe('whatever comes', () => {
  it('FrameReader gives the bytes that came, in order, or a PgError, and holds no more than one frame and one chunk', () => {
    fc.assert(
      fc.property(brokenStream(frontendFrame), ({ stream, chunks }) => {
        const reader = new FrameReader({ maxFrameBytes: 64, streamTypes: new Set([FRONTEND.copyData]) });
        const given: Buffer[] = [];
        onlyPgErrors(() => {
          for (const chunk of chunks) {
            reader.push(chunk);
            for (let item = reader.next(); item; item = reader.next()) given.push(item.bytes);
            expect(reader.bufferedBytes).toBeLessThan(64);
          }
          expect(Buffer.concat(given).length + reader.bufferedBytes).toBe(stream.length);
        });
        const joined = Buffer.concat(given);
        expect(joined).toEqual(stream.subarray(0, joined.length));
      }),
      { numRuns: 500 },
    );
  });

  it('BackendScanner gives the bytes that came, in order, or a PgError', () => {
    fc.assert(
      fc.property(brokenStream(backendFrame), ({ stream, chunks }) => {
        const interesting = new Set<number>([BACKEND.commandComplete, BACKEND.readyForQuery]);
        const scanner = new BackendScanner({ interesting, maxHeldBytes: 64 });
        const given: Buffer[] = [];
        onlyPgErrors(() => {
          for (const chunk of chunks) given.push(...scanner.scan(chunk).map((item) => item.bytes));
          // Held back: at most one interesting message.
          expect(stream.length - Buffer.concat(given).length).toBeLessThan(64);
        });
        const joined = Buffer.concat(given);
        expect(joined).toEqual(stream.subarray(0, joined.length));
      }),
      { numRuns: 500 },
    );
  });

  it('BackendScanner finds the same rows and messages however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(backendFrame, { maxLength: 12 }),
        fc.array(fc.nat(600), { maxLength: 10 }),
        (frames, cuts) => {
          const stream = Buffer.concat(frames);
          const edges = [0, ...cuts.filter((at) => at <= stream.length).sort((a, b) => a - b), stream.length];
          const summary = (chunks: readonly Buffer[]) => {
            const interesting = new Set<number>([BACKEND.commandComplete, BACKEND.errorResponse]);
            const scanner = new BackendScanner({ interesting, maxHeldBytes: 100 });
            const items = chunks.flatMap((chunk) => scanner.scan(chunk));
            return {
              rows: items.reduce((sum, item) => sum + (item.kind === 'relay' ? item.rows : 0), 0),
              messages: items.flatMap((item) => (item.kind === 'message' ? [item.bytes.toString('hex')] : [])),
            };
          };
          expect(summary(edges.slice(1).map((end, index) => stream.subarray(edges[index], end)))).toEqual({
            rows: frames.filter((message) => message.toString('latin1', 0, 1) === 'D').length,
            messages: frames
              .filter((message) => 'CE'.includes(message.toString('latin1', 0, 1)))
              .map((message) => message.toString('hex')),
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('every decoder gives a message or a PgError', () => {
    const decoders: readonly ((payload: Buffer) => unknown)[] = [
      ...[
        frontend.decodeQuery,
        frontend.decodeParse,
        frontend.decodeBind,
        frontend.decodeExecute,
        frontend.decodeDescribe,
        frontend.decodeClose,
      ].map((decode) => (payload: Buffer) => decode({ payload })),
      backend.decodeErrorFields,
      backend.decodeReadyForQuery,
      backend.decodeCommandTag,
      backend.decodeParameterStatus,
      backend.decodeBackendKeyData,
      backend.decodeDataRow,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...decoders), bytes, (decode, payload) => {
        expect(onlyPgErrors(() => decode(payload))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
