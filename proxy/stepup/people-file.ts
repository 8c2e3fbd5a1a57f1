import { z } from 'zod';
import { parseScramVerifier } from '../auth/scram-verifier.ts';
import type { ConfigError, KeyPath, YamlSource } from '../config/yaml-source.ts';
import { formatPath, readYaml } from '../config/yaml-source.ts';
import { parseTotpSecret } from './authenticators/totp.ts';
import type { Person } from './person.ts';

export type PeopleParse =
  | { readonly kind: 'people'; readonly people: ReadonlyMap<string, Person> }
  | { readonly kind: 'invalid'; readonly errors: readonly ConfigError[] };

/** PostgreSQL's names are at most 63 bytes; control characters would garble logs and pages. */
export const personName = z
  .string({ error: 'expected a name; put it in quotes' })
  .refine((name) => Buffer.byteLength(name) >= 1 && Buffer.byteLength(name) <= 63, 'expected a name of 1 to 63 bytes')
  .refine((name) => !/\p{C}/u.test(name), 'a name has no control or invisible characters');

const totpSchema = z.strictObject({
  secret: z.string({ error: 'expected a base32 secret; put it in quotes' }).transform((text, context) => {
    const parsed = parseTotpSecret(text);
    if ('secret' in parsed) return parsed.secret;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  }),
  digits: z.union([z.literal(6), z.literal(8)], { error: 'expected 6 or 8' }).default(6),
  period: z
    .int({ error: 'expected seconds from 15 to 300' })
    .min(15, 'expected seconds from 15 to 300')
    .max(300, 'expected seconds from 15 to 300')
    .default(30),
});

const personSchema = z.strictObject({
  name: personName,
  groups: z.array(personName, { error: 'expected a list of group names' }).default([]),
  password: z.string({ error: 'expected a SCRAM-SHA-256 verifier' }).transform((text, context) => {
    const verifier = parseScramVerifier(text);
    if (verifier !== undefined) return verifier;
    // The text is not repeated: it may be a password that someone wrote here.
    context.addIssue({
      code: 'custom',
      message: 'expected a verifier SCRAM-SHA-256$...; `stepward people add` makes it from a password',
    });
    return z.NEVER;
  }),
  totp: totpSchema.optional(),
});

const fileSchema = z.strictObject({ people: z.array(personSchema, { error: 'expected a list of people' }) });

/** Reads a people file. Never throws: every mistake is one error with the path of its key and its line. */
export function parsePeople(text: string): PeopleParse {
  const source = readYaml(text);
  if (source.errors.length > 0) return { kind: 'invalid', errors: source.errors };
  const parsed = fileSchema.safeParse(source.value, { reportInput: true });
  if (!parsed.success) return invalid(parsed.error.issues.flatMap((issue) => errorsOf(issue, source)));
  const duplicates = duplicateNames(parsed.data.people, source);
  if (duplicates.length > 0) return invalid(duplicates);
  return { kind: 'people', people: new Map(parsed.data.people.map((entry) => [entry.name, personOf(entry)])) };
}

function personOf({ name, groups, password, totp }: z.output<typeof personSchema>): Person {
  return { principal: { id: name, groups }, scram: password, ...(totp && { totp }) };
}

function invalid(errors: readonly ConfigError[]): PeopleParse {
  return { kind: 'invalid', errors };
}

function errorsOf(issue: z.core.$ZodIssue, source: YamlSource): readonly ConfigError[] {
  const path: KeyPath = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code !== 'unrecognized_keys') {
    const isMissing = issue.code !== 'custom' && issue.input === undefined;
    const message = isMissing ? 'required, but missing' : issue.message.replace(/^Invalid (input|option): /, '');
    return [{ path: formatPath(path), message, line: source.lineOf(path) }];
  }
  return issue.keys.map((key) => ({
    path: formatPath([...path, key]),
    message: 'unknown key',
    line: source.lineOfKey(path, key),
  }));
}

function duplicateNames(people: readonly { readonly name: string }[], source: YamlSource): readonly ConfigError[] {
  const seen = new Set<string>();
  return people.flatMap(({ name }, index) => {
    const isDuplicate = seen.has(name);
    seen.add(name);
    const path: KeyPath = ['people', index, 'name'];
    return isDuplicate
      ? [{ path: formatPath(path), message: `there is another "${name}"`, line: source.lineOf(path) }]
      : [];
  });
}
