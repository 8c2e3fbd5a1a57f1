import { readFileSync } from 'node:fs';
import type { Target } from './targets.ts';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time that a process has used, in microseconds; undefined where there is no /proc, or no single process.
 * A noisy neighbour changes how long a statement takes, but hardly what it costs.
 */
export function cpuMicroseconds({ pid }: Target): number | undefined {
  if (pid === undefined) return undefined;
  const stat = readProc(pid, 'stat');
  // The name, in parentheses, may hold anything; utime and stime are the 14th and 15th field.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields?.[11]) + Number(fields?.[12]);
  return Number.isNaN(ticks) ? undefined : (ticks * 1_000_000) / TICKS_PER_SECOND;
}

export type Memory = { readonly residentMiB: number; readonly peakMiB: number };

export function memoryOf({ pid }: Target): Memory | undefined {
  const status = pid === undefined ? undefined : readProc(pid, 'status');
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status ?? '')?.[1]) / 1024;
  return status === undefined ? undefined : { residentMiB: of('VmRSS'), peakMiB: of('VmHWM') };
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
