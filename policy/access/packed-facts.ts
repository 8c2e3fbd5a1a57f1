import type { AccessFacts } from './facts.ts';
import { isTree } from './tree.ts';

/**
 * Facts as bytes, in packs that cost the caller's thread well below a millisecond each: taken in one go, the facts of a table
 * of 1,600 columns would hold up everybody's connections.
 */
export type FactsPack = Uint8Array<ArrayBuffer>;

/** A statement without its lists, or a part of one of its lists. */
type Piece =
  | { readonly at: number; readonly head: object }
  | { readonly at: number; readonly field: string; readonly items: readonly unknown[] };

const PACK_CHARS = 32 * 1024;
const ITEMS = 64;

/**
 * @param maxChars of JSON that all of it may have
 * @returns undefined where it has more
 */
export function packFacts(facts: AccessFacts, maxChars: number): readonly FactsPack[] | undefined {
  const packs: FactsPack[] = [];
  let pending: string[] = [];
  let chars = 0;
  let left = maxChars;
  const flush = (): void => {
    packs.push(new TextEncoder().encode(`[${pending.join(',')}]`));
    pending = [];
    chars = 0;
  };
  for (const piece of piecesOf(facts)) {
    const json = JSON.stringify(piece);
    left -= json.length;
    if (left < 0) return undefined;
    pending.push(json);
    chars += json.length;
    if (chars >= PACK_CHARS) flush();
  }
  flush();
  return packs;
}

/**
 * The inverse of packFacts.
 * @param pause called between packs: lets others have the thread
 * @throws Error for what packFacts did not make
 */
export async function unpackFacts(packs: readonly FactsPack[], pause: () => Promise<void>): Promise<AccessFacts> {
  const statements: Record<string, unknown>[] = [];
  for (const [at, pack] of packs.entries()) {
    if (at > 0) await pause();
    takePieces(new TextDecoder().decode(pack), statements);
  }
  const taken: readonly unknown[] = statements;
  if (!areStatements(taken)) throw new Error('packed facts are damaged');
  return { statements: taken };
}

function* piecesOf({ statements }: AccessFacts): Generator<Piece> {
  for (const [at, statement] of statements.entries()) {
    const lists = listsOf(statement);
    yield { at, head: { ...statement, ...Object.fromEntries(lists.map(([field]) => [field, []])) } };
    for (const [field, items] of lists) {
      for (let from = 0; from < items.length; from += ITEMS) {
        yield { at, field, items: items.slice(from, from + ITEMS) };
      }
    }
  }
}

/** Whatever lists a statement has: none of them may be forgotten on the way. */
function listsOf(statement: object): readonly (readonly [string, readonly unknown[]])[] {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(statement);
  return fields.flatMap(([field, value]) => (Array.isArray(value) ? [[field, value] as const] : []));
}

function takePieces(json: string, statements: Record<string, unknown>[]): void {
  const pieces: unknown = JSON.parse(json);
  for (const piece of Array.isArray(pieces) ? pieces : []) {
    if (!isTree(piece) || typeof piece['at'] !== 'number') continue;
    const { at, head, field, items } = piece;
    if (isTree(head)) statements[at] = { ...head };
    const list = typeof field === 'string' ? statements[at]?.[field] : undefined;
    if (Array.isArray(list) && Array.isArray(items)) list.push(...items);
  }
}

function areStatements(statements: readonly unknown[]): statements is AccessFacts['statements'] {
  return statements.every((one) => isTree(one) && Array.isArray(one['accesses']) && Array.isArray(one['effects']));
}
