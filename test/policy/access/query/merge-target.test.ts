import { describe, expect, it } from 'vitest';
import { analyse, compact } from './world.ts';

describe('the target of MERGE', () => {
  it('is read even where no condition names a column of it: which arm runs tells whether it has rows', () => {
    const sql = `MERGE INTO settings USING orders o ON o.id = 1
      WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (key) VALUES (o.note)`;
    expect(analyse(sql).facts.accesses.map(compact)).toContain('select public.settings output');
  });
});
