/** Comments, strings, dollar quotes, names, numbers, and single characters. */
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"]|"")*"|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|[\w$]+|\s+|[\s\S]/g;

/**
 * Statements of a psql script, without psql's own commands and without the rows that follow COPY FROM stdin.
 * Good enough for tests: what is cut wrongly is refused by the server.
 */
export function splitScript(script: string): readonly string[] {
  const statements: string[] = [];
  let text = '';
  for (const [token] of withoutPsql(script).matchAll(TOKENS)) {
    if (token === ';' && !isInBody(text)) {
      statements.push(text.trim());
      text = '';
    } else if (!token.startsWith('--') && !token.startsWith('/*')) text += token;
  }
  return statements.filter((one) => one !== '');
}

/** CREATE FUNCTION ... BEGIN ATOMIC has semicolons inside. */
function isInBody(text: string): boolean {
  return /\bBEGIN\s+ATOMIC\b/i.test(text) && !/\bEND\s*$/i.test(text);
}

function withoutPsql(script: string): string {
  return script
    .replaceAll(/^(copy\s[^;]*\bfrom\s+stdin\b[^;]*;)[^\n]*\n[\s\S]*?^\\\.$/gim, '$1')
    .replaceAll(/\\(?:gset|gexec|gdesc|g|crosstabview|watch|bind)\b[^\n]*/g, ';')
    .replaceAll(/^\s*\\[^\n]*$/gm, '');
}
