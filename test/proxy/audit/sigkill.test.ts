import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuditReader } from '../../../proxy/audit/read.ts';
import { decision } from './entries.ts';
import { TempStores } from './temp-store.ts';

describe('a process killed in the middle of writing', () => {
  let temp: TempStores;
  beforeEach(() => {
    temp = new TempStores();
  });
  afterEach(() => temp.remove());

  /** @returns every id that the child reported as committed before it died */
  async function appendAndKill(afterIds: number): Promise<readonly number[]> {
    const script = join(import.meta.dirname, 'append-until-killed.ts');
    const child = spawn(process.execPath, [script, temp.path()], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ids: number[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      ids.push(Number(line));
      if (ids.length === afterIds) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    return ids;
  }

  it('loses no acknowledged row, leaves an unbroken chain, and is continued by the next process', async () => {
    for (const round of [1, 2]) {
      const acknowledged = await appendAndKill(round * 700);
      const reader = openAuditReader(temp.path());
      expect(acknowledged.length).toBeGreaterThanOrEqual(round * 700);
      expect(acknowledged.filter((id) => reader.get(id)?.kind !== 'decision')).toEqual([]);
      expect(reader.verify()).toMatchObject({ kind: 'intact' });
      reader.close();
    }
    const store = temp.open();
    const before = store.head().id;
    expect(await store.append(decision())).toBe(before + 1);
  });
});
