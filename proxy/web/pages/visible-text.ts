/**
 * Characters that make a text look like another one: bidirectional controls, zero-width and invisible ones, and control
 * characters. A statement that hides its meaning behind them must not be confirmed by looking at it.
 * @see CVE-2021-42574 ("Trojan Source")
 */
const deceptive = /[\p{C}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]/u;

/** Line breaks and tabs mean what they look like in <pre>. */
const plainControls: ReadonlySet<string> = new Set(['\n', '\t']);

export type TextPart = { readonly kind: 'text' | 'invisible'; readonly text: string };

/** Splits a text into runs to show as they are and single invisible characters to show by name (`U+202E`). */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let run = '';
  for (const char of text.replaceAll('\r\n', '\n')) {
    if (plainControls.has(char) || !deceptive.test(char)) {
      run += char;
      continue;
    }
    if (run !== '') parts.push({ kind: 'text', text: run });
    parts.push({ kind: 'invisible', text: codePointName(char) });
    run = '';
  }
  if (run !== '') parts.push({ kind: 'text', text: run });
  return parts;
}

function codePointName(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
