import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ScriptFile, scriptFiles } from './fixtures.ts';
import { openWireLab, type WireLab } from './lab.ts';
import { withReplies } from './record.ts';
import { type Reading, replay } from './replay.ts';
import type { Script } from './script.ts';

/** Set: the replies of PostgreSQL are written into the scripts, for somebody to read before they are committed. */
const IS_RECORDING = process.env['STEPWARD_WIRE_RECORD'] !== undefined;

let lab: WireLab;
beforeAll(async () => {
  lab = await openWireLab('@id("all")\npermit (principal, action, resource);\n');
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

describe.each(scriptFiles(''))('$topic', (file: ScriptFile) => {
  const recorded: Reading[] = [];

  describe.each(file.scripts)('$name', (script: Script) => {
    it('by PostgreSQL', async () => {
      const readings = await replay(script, lab.direct);
      recorded.push(...readings);
      expect(readings.length).toBeGreaterThan(0);
      const expected = readings.map(({ until, replies }) => (IS_RECORDING ? replies : until.replies));
      expect(readings.map(({ replies }) => replies)).toEqual(expected);
    });

    it.skipIf(IS_RECORDING)('by stepward, the same', async () => {
      const readings = await replay(script, lab.stepward);
      expect(readings.map(({ replies }) => replies)).toEqual(
        readings.map(({ until }) => until.throughStepward ?? until.replies),
      );
    });
  });

  afterAll(() => {
    if (IS_RECORDING) writeFileSync(file.path, withReplies(readFileSync(file.path, 'utf8'), recorded));
  });
});

describe('the collection', () => {
  it('has at least 150 scripts, each with a name of its own', () => {
    const names = scriptFiles('').flatMap(({ scripts }) => scripts.map(({ name }) => name));
    expect(names.length).toBeGreaterThanOrEqual(150);
    expect(new Set(names).size).toBe(names.length);
  });
});
