/**
 * Scripts of wire exchanges: what a client sends, and what must come back. Many to a file, each a rule with a name.
 *
 *     # a comment
 *     script an error ends the Query that it is in
 *     send
 *       Query "SELECT 1/0; SELECT 2"
 *     until ReadyForQuery
 *       ErrorResponse ERROR 22012 "division by zero"
 *       ReadyForQuery I
 *
 * Steps:
 * - `send` writes the messages below it at once (encode.ts says how they are written)
 * - `until TYPE [n]` reads up to the n-th message of that type; below it, everything that is read (describe.ts)
 * - `through stepward` behind an `until`: what comes there instead, where stepward differs on purpose
 * - `on NAME` goes on with another connection; the first one is `a`. It is logged in when it first sends something
 * - `login 3.2 name=value...` logs in with that version and those parameters; `raw` only connects
 * - `tls [ALPN]` makes TLS of the connection; `authenticate [password]` answers AuthenticationSASL
 * - `sql STATEMENT` is run by the superuser, outside of all of this
 * - `asleep` waits until a statement of the user is in pg_sleep()
 *
 * `$user`, `$database` and `$secret(NAME)` stand for what they are where the script is run.
 */
export type Step =
  | { readonly kind: 'on'; readonly connection: string }
  | { readonly kind: 'login'; readonly version: string; readonly parameters: readonly string[] }
  | { readonly kind: 'raw' }
  | { readonly kind: 'asleep' }
  | { readonly kind: 'tls'; readonly alpn: string | undefined }
  | { readonly kind: 'authenticate'; readonly password: string | undefined }
  | { readonly kind: 'sql'; readonly statement: string }
  | { readonly kind: 'send'; readonly messages: readonly string[] }
  | Until;

export type Until = {
  readonly kind: 'until';
  readonly type: string;
  readonly count: number;
  readonly replies: readonly string[];
  readonly throughStepward: readonly string[] | undefined;
  /** The line of the word `until`, from 0. */
  readonly line: number;
};

export type Script = { readonly name: string; readonly steps: readonly Step[] };

type Block = { readonly words: readonly string[]; readonly rest: string; readonly line: number; body: string[] };

/** @throws Error naming the line of what is no script */
export function parseScripts(text: string): readonly Script[] {
  const scripts: { name: string; steps: Step[] }[] = [];
  for (const block of readBlocks(text)) {
    if (block.words[0] === 'script') {
      scripts.push({ name: block.rest, steps: [] });
      continue;
    }
    const steps = scripts.at(-1)?.steps;
    if (steps === undefined) throw wrong(block, 'comes before the first `script`');
    const previous = steps.at(-1);
    if (block.words[0] === 'through' && previous?.kind === 'until') {
      steps.splice(-1, 1, { ...previous, throughStepward: block.body });
    } else steps.push(step(block));
  }
  return scripts;
}

/** A line at the margin with the indented lines below it. */
function readBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const [line, content] of text.split('\n').entries()) {
    if (content.trim() === '' || content.startsWith('#')) continue;
    if (content.startsWith('  ')) blocks.at(-1)?.body.push(content.trim());
    else {
      const [first = '', ...others] = content.split(' ');
      blocks.push({ words: [first, ...others], rest: others.join(' '), line, body: [] });
    }
  }
  return blocks;
}

function step(block: Block): Step {
  const [word = '', first, ...others] = block.words;
  switch (word) {
    case 'on':
      return { kind: 'on', connection: block.rest };
    case 'login':
      return { kind: 'login', version: first ?? '3.0', parameters: others };
    case 'raw':
      return { kind: 'raw' };
    case 'asleep':
      return { kind: 'asleep' };
    case 'tls':
      return { kind: 'tls', alpn: first };
    case 'authenticate':
      return { kind: 'authenticate', password: first };
    case 'sql':
      return { kind: 'sql', statement: block.rest };
    case 'send':
      return { kind: 'send', messages: block.body };
    case 'until':
      return {
        kind: 'until',
        type: first ?? '',
        count: Number(others[0] ?? 1),
        replies: block.body,
        throughStepward: undefined,
        line: block.line,
      };
    default:
      throw wrong(block, 'is no step');
  }
}

function wrong({ line, words }: Block, what: string): Error {
  return new Error(`line ${line + 1}: \`${words.join(' ')}\` ${what}`);
}
