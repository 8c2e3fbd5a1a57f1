/** One policy of a file: its text and where it lies, in UTF-16 code units. Comments before it belong to it. */
export type PolicyText = { readonly text: string; readonly start: number };

// A string, a comment, the end of a policy, or anything else: Cedar has no other place for a semicolon.
const TOKEN = /"(?:[^"\\]|\\.)*"|\/\/[^\n\r]*|;|[^";/]+|[\s\S]/g;

/**
 * Splits a policy file at the semicolons that end policies. Cedar's own splitter gives texts without positions.
 * An unfinished policy is the last element: Cedar says what is wrong with it.
 */
export function splitPolicies(text: string): readonly PolicyText[] {
  const policies: PolicyText[] = [];
  let start = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match[0] !== ';') continue;
    policies.push({ text: text.slice(start, match.index + 1), start });
    start = match.index + 1;
  }
  const rest = text.slice(start);
  return firstTokenOffset(rest) === rest.length ? policies : [...policies, { text: rest, start }];
}

/** Where the policy itself begins, after white space and comments; the length of the text when there is nothing else. */
export function firstTokenOffset(text: string): number {
  return /^(?:\s|\/\/[^\n\r]*)*/.exec(text)?.[0].length ?? 0;
}
