import { BUILT_IN_TAGS } from '../../policy/catalog/tags.ts';
import { z } from 'zod';

/** The building blocks of the config schema: each refuses with one sentence that says what is expected. */

/** A TCP port; 0 lets the system choose one. */
export function port() {
  return z.int({ error: portMessage }).min(0, portMessage).max(65_535, portMessage);
}
const portMessage = 'expected a port from 0 to 65535';

export function positiveInt(max: number) {
  const error = `expected a whole number from 1 to ${max}`;
  return z.int({ error }).min(1, error).max(max, error);
}

/** A path in the file system, relative to the config file; made absolute by loadConfig(). */
export function path() {
  return z.string().min(1);
}

/** The only kind of value in which `${env:NAME}` and `${file:/path}` are replaced. */
export function secret() {
  return z.string({ error: 'expected a string: put it in quotes, or use ${env:NAME} or ${file:/path}' });
}

const sizePattern = /^(\d{1,12}) ?(KiB|MiB|GiB)$/;
const sizeMessage = 'expected a size in bytes such as 1048576 or "64 MiB", at most 1 GiB';
const unitBytes: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Bytes, as a number or with a unit; PostgreSQL itself takes no message above 1 GiB. */
export function byteSize(preset: string) {
  const size = z
    .union([z.int(), z.string().regex(sizePattern).transform(bytesOf)], { error: sizeMessage })
    .refine((bytes) => bytes >= 1024 && bytes <= 1024 ** 3, sizeMessage);
  return size.prefault(preset).meta({ defaultText: preset, examples: [preset] });
}

function bytesOf(text: string): number {
  const [, digits = '', unit = ''] = sizePattern.exec(text) ?? [];
  return Number(digits) * (unitBytes[unit] ?? Number.NaN);
}

const reservedTags: readonly string[] = BUILT_IN_TAGS;

/** A tag's name becomes a Cedar entity id; the built-in ones cannot be taken. */
export function tagName() {
  return z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'a tag is a letter, then letters, digits, _ or -')
    .refine((name) => !reservedTags.includes(name), 'this tag is built in');
}

export function timeZone() {
  return z.string().refine(isTimeZone, 'expected an IANA time zone such as Europe/Berlin');
}

function isTimeZone(name: string): boolean {
  // Asking Intl takes 10 MiB of its tables into memory.
  if (name === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function httpUrl() {
  return z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'expected an http or https URL');
}

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
