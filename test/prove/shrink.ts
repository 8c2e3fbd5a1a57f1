/** Does the statement still show what is looked for? */
export type Shows = (sql: string) => Promise<boolean>;

const TOKENS = /\s+|"(?:[^"]|"")*"|E?'(?:[^'\\]|''|\\.)*'|\$\$.*?\$\$|[\w$]+|::|[<>=!~]+|./gsu;

/**
 * Takes parts out of a statement as long as it still shows what is looked for; the server says what is still SQL.
 * Large parts first; tries at most `tries` statements.
 */
export async function shrink(sql: string, shows: Shows, tries = 1500): Promise<string> {
  let tokens: string[] = [...(sql.match(TOKENS) ?? [])];
  const budget = { left: tries };
  for (let size = Math.ceil(tokens.length / 2); size >= 1 && budget.left > 0; ) {
    const shorter = await withoutPart(tokens, size, shows, budget);
    if (shorter === undefined) size = size > 1 ? Math.floor(size * 0.7) : 0;
    else tokens = shorter;
  }
  return tokens.join('').replaceAll(/\s+/g, ' ').trim();
}

async function withoutPart(
  tokens: readonly string[],
  size: number,
  shows: Shows,
  budget: { left: number },
): Promise<string[] | undefined> {
  for (let at = 0; at + size <= tokens.length; at += 1) {
    if (budget.left <= 0) return undefined;
    budget.left -= 1;
    const rest = [...tokens.slice(0, at), ' ', ...tokens.slice(at + size)];
    if (rest.length < tokens.length + (size === 1 ? 1 : 0) && isShorter(rest, tokens) && (await shows(rest.join('')))) {
      return rest.filter((token, place) => token !== ' ' || rest[place - 1] !== ' ');
    }
  }
  return undefined;
}

function isShorter(rest: readonly string[], tokens: readonly string[]): boolean {
  const words = (list: readonly string[]): number => list.filter((token) => token.trim() !== '').length;
  return words(rest) < words(tokens);
}
