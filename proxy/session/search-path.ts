import { clipIdentifier } from './names-key.ts';

/**
 * A search_path setting as a list of schema names.
 * @param text as current_setting('search_path') and ParameterStatus give it, e.g. `"$user", public`
 * @param role what `$user` stands for
 * @returns undefined when the text is no identifier list (PostgreSQL would not have accepted it)
 * @see PostgreSQL's SplitIdentifierString()
 */
export function parseSearchPath(text: string, role: string): readonly string[] | undefined {
  const names: string[] = [];
  let rest = text.trimStart();
  if (rest === '') return [];
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^\s",]+))\s*(,|$)\s*/.exec(rest);
    if (!match) return undefined;
    const [whole, quoted, plain, separator] = match;
    const name = quoted === undefined ? foldAscii(plain ?? '') : quoted.replaceAll('""', '"');
    names.push(name === '$user' ? role : clipIdentifier(name));
    rest = rest.slice(whole.length);
    if (separator === '') return rest === '' ? names : undefined;
  }
}

/** PostgreSQL folds only ASCII in a multi-byte encoding. */
function foldAscii(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
