import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ScriptFile, scriptFiles } from './fixtures.ts';
import { openWireLab, type WireLab } from './lab.ts';
import { replay } from './replay.ts';
import type { Script } from './script.ts';

const POLICIES = `
@id("all")
permit (principal, action, resource);

@id("no-secrets")
@reason("nobody reads it")
forbid (principal, action, resource in Table::"public.secret");
`;

/** What a refusal says is denial.test.ts's matter. */
const withoutText = (reply: string): string =>
  reply.replace(/^ErrorResponse ERROR 42501 .*/, 'ErrorResponse ERROR 42501');

let lab: WireLab;
beforeAll(async () => {
  lab = await openWireLab(POLICIES);
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

describe.each(scriptFiles('refusals'))('$topic', (file: ScriptFile) => {
  it.each(file.scripts)('$name', async (script: Script) => {
    const before = lab.refusals();
    const readings = await replay(script, lab.stepward);
    expect(readings.map(({ replies }) => replies.map(withoutText))).toEqual(readings.map(({ until }) => until.replies));
    expect(readings.length).toBeGreaterThan(0);
    expect(lab.refusals()).toBeGreaterThan(before);
  });
});
