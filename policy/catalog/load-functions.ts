import { z } from 'zod';
import type { CatalogCode, ParameterMode } from './catalog.ts';

const DOCUMENT = z.object({
  signature: z.string(),
  names: z.array(z.string()).nullable(),
  modes: z.array(z.enum(['i', 'o', 'b', 'v', 't'])).nullable(),
  types: z.array(z.number()),
  defaults: z.string().nullable(),
  settings: z.array(z.string()).nullable(),
  isAtomic: z.boolean(),
  owner: z.string(),
  schemas: z.array(z.string()).nullable(),
  parts: z.array(z.number()).nullable(),
});

const MODES: Readonly<Record<'i' | 'o' | 'b' | 'v' | 't', ParameterMode>> = {
  i: 'in',
  o: 'out',
  b: 'inout',
  v: 'variadic',
  t: 'table',
};

/**
 * Decodes the document that QUERIES.functions builds for a function whose body can be read.
 * @throws Error where the text is no such document: the server is not one that we know
 */
export function codeOf(text: string): CatalogCode {
  const raw: unknown = JSON.parse(text);
  const { signature, names, modes, types, defaults, settings, isAtomic, owner, schemas, parts } = DOCUMENT.parse(raw);
  return {
    signature,
    parameters: types.map((typeOid, at) => ({ name: names?.[at] ?? '', mode: MODES[modes?.[at] ?? 'i'], typeOid })),
    ...(defaults === null ? {} : { defaults }),
    settings: settings ?? NONE,
    isAtomic,
    ...(schemas === null ? {} : { definer: { role: owner, schemas } }),
    parts: parts?.filter((oid) => oid !== 0) ?? NO_PARTS,
  };
}

// One array for the thousands of functions without settings.
const NONE: readonly string[] = [];
const NO_PARTS: readonly number[] = [];
