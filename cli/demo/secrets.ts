import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../proxy/stepup/write-atomically.ts';
import { DemoError } from './demo-error.ts';

export const DEMO_PEOPLE = [
  { name: 'developer', groups: ['developers'] },
  { name: 'analyst', groups: ['analysts'] },
  { name: 'dba', groups: ['dbas'] },
] as const;

const personSecret = z.strictObject({ password: z.string(), totpSecret: z.string() });
const demoSecrets = z.strictObject({
  superuserPassword: z.string(),
  upstreamPassword: z.string(),
  people: z.strictObject({ developer: personSecret, analyst: personSecret, dba: personSecret }),
});
export type DemoSecrets = z.output<typeof demoSecrets>;

/** Where the passwords and the TOTP secrets of a demo are. */
export function secretsFile(folder: string): string {
  return join(folder, 'demo.json');
}

/** The demo's passwords: made at random once, kept with mode 0600 so that later starts are the same. */
export function demoSecretsAt(file: string): DemoSecrets {
  if (existsSync(file)) return read(file);
  const made = makeSecrets();
  writeAtomically(file, `${JSON.stringify(made, undefined, 2)}\n`, 0o600);
  return made;
}

function read(file: string): DemoSecrets {
  try {
    return demoSecrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new DemoError(`${file} is not as the demo wrote it: remove the folder to begin anew`, { cause });
  }
}

function makeSecrets(): DemoSecrets {
  const person = () => ({ password: readablePassword(), totpSecret: base32(20) });
  return {
    superuserPassword: randomBytes(18).toString('base64url'),
    upstreamPassword: randomBytes(18).toString('base64url'),
    people: { developer: person(), analyst: person(), dba: person() },
  };
}

/** 12 letters and digits without look-alikes: 58 bits, easy to type. */
function readablePassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  return Array.from({ length: 12 }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

/** @see RFC 4648, section 6; 20 bytes, as RFC 4226 asks, have no padding */
function base32(bytes: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from({ length: (bytes * 8) / 5 }, () => alphabet.charAt(randomInt(32))).join('');
}
