import { BackendScanner } from '../../proxy/wire/backend-scanner.ts';
import { BACKEND } from '../../proxy/wire/frames.ts';
import { encodeQuery, encodeTerminate } from '../../proxy/wire/frontend-encode.ts';
import { connectTo } from './connections.ts';
import type { Sample } from './measure.ts';
import type { Target } from './targets.ts';
import { cpuMicroseconds } from './usage.ts';

/** Reads one large result and throws it away. @returns of megabytes */
export async function downloadMegabytes(target: Target, megabytes: number): Promise<Sample> {
  const { stream } = await connectTo(target);
  const before = cpuMicroseconds(target);
  const started = performance.now();
  stream.write(encodeQuery(`SELECT repeat('x', 1000) FROM generate_series(1, ${megabytes * 1000})`));
  const bytes = await new Promise<number>((resolve, reject) => {
    const interesting = new Set([BACKEND.readyForQuery, BACKEND.errorResponse]);
    const scanner = new BackendScanner({ interesting, maxHeldBytes: 1_000_000 });
    let received = 0;
    stream.on('error', reject);
    stream.on('close', () => reject(new Error(`${target.name} closed the connection`)));
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
      for (const item of scanner.scan(chunk)) {
        if (item.kind !== 'message') continue;
        if (item.type === BACKEND.errorResponse) reject(new Error(`${target.name}: ${item.payload.toString()}`));
        if (item.type === BACKEND.readyForQuery) resolve(received);
      }
    });
    stream.resume();
  });
  const seconds = (performance.now() - started) / 1000;
  const after = cpuMicroseconds(target);
  stream.removeAllListeners('close');
  stream.end(encodeTerminate());
  return {
    perSecond: bytes / 1_000_000 / seconds,
    cpu: before === undefined || after === undefined ? undefined : (after - before) / megabytes,
  };
}
