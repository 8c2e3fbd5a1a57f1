import type { LoadedPolicy } from './bundle.ts';
import { uidText } from './model.ts';
import { firstTokenOffset } from './split.ts';

/** An entity that a policy names; `offset` is where in the policy's text, UTF-16 code units. */
export type EntityLiteral = { readonly type: string; readonly id: string; readonly offset: number };

// A comment, an entity (type, ::, string) or a string by itself: comments and strings must not be searched for entities.
const TOKEN = /\/\/[^\n\r]*|([A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*)\s*::\s*"((?:[^"\\]|\\.)*)"|"(?:[^"\\]|\\.)*"/g;

/**
 * The entities that a policy names, each place once. What a policy means comes from its JSON form; the text only gives
 * the place, and an entity whose place is not found (an unusual escape) is put at the start of the policy.
 */
export function entityLiterals(policy: LoadedPolicy): readonly EntityLiteral[] {
  const found = literalsInText(policy.text).filter((literal) => policy.reads.literals.has(uidText(literal)));
  const seen = new Set(found.map(uidText));
  const unplaced = [...policy.reads.literals].filter((text) => !seen.has(text));
  return [...found, ...unplaced.map((text) => ({ ...parseUidText(text), offset: firstTokenOffset(policy.text) }))];
}

function literalsInText(text: string): readonly EntityLiteral[] {
  return [...text.matchAll(TOKEN)].flatMap(({ 1: type, 2: id, index }) =>
    type === undefined || id === undefined
      ? []
      : [{ type: type.replaceAll(/\s+/g, ''), id: unescape(id), offset: index }],
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** Cedar's string escapes are Rust's: \n \r \t \0 \\ \" \' \x41 \u{1F600} */
function unescape(text: string): string {
  return text.replaceAll(/\\(?:x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F_]+)\}|(.))/g, (_match, ...groups: unknown[]) => {
    const [hex, unicode, single] = groups.map((group) => (typeof group === 'string' ? group : undefined));
    const code = hex ?? unicode?.replaceAll('_', '');
    return code === undefined
      ? (ESCAPES[single ?? ''] ?? single ?? '')
      : String.fromCodePoint(Number.parseInt(code, 16));
  });
}

function parseUidText(text: string): { readonly type: string; readonly id: string } {
  const at = text.indexOf('::"');
  const id: unknown = JSON.parse(text.slice(at + 2));
  return { type: text.slice(0, at), id: String(id) };
}
