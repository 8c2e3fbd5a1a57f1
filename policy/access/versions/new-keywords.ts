/**
 * Words that are names to an older server and syntax to the parser, which is PostgreSQL 18's: column-name and reserved
 * keywords, by the version that brought them. Unreserved ones are names still, wherever a name can be.
 * @see kwlist.h, and pg_get_keywords() of each server (the test compares)
 */
export const NEW_KEYWORDS: ReadonlyMap<string, number> = new Map([
  ['json_array', 16],
  ['json_arrayagg', 16],
  ['json_object', 16],
  ['json_objectagg', 16],
  ['system_user', 16],
  ['json', 17],
  ['json_exists', 17],
  ['json_query', 17],
  ['json_scalar', 17],
  ['json_serialize', 17],
  ['json_table', 17],
  ['json_value', 17],
  ['merge_action', 17],
]);

const WORD = new RegExp(`\\b(?:${[...NEW_KEYWORDS.keys()].join('|')})\\b`, 'gi');
const NEWEST = Math.max(...NEW_KEYWORDS.values());

/** The first word of the text that only the parser takes for a keyword; undefined where there is none. */
export function newKeywordIn(text: string, serverMajor: number): string | undefined {
  if (serverMajor >= NEWEST) return undefined;
  for (const [word] of text.matchAll(WORD)) {
    const folded = word.toLowerCase();
    if ((NEW_KEYWORDS.get(folded) ?? 0) > serverMajor) return folded;
  }
  return undefined;
}
