const MAX_DISTANCE = 3;

/** The name that was probably meant: the closest by edit distance, at most three edits and a third of the length away. */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(MAX_DISTANCE, Math.ceil(wanted.length / 3)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, name);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance, row by row. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, character] of Array.from(left).entries()) {
    const next = [i + 1];
    for (const [j, above] of row.slice(1).entries()) {
      const substitution = (row[j] ?? 0) + (right[j] === character ? 0 : 1);
      next.push(Math.min(above + 1, (next[j] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
