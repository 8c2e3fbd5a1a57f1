import type { Reading } from './replay.ts';

/** The text of a script file with the replies that were read in the place of those written there. */
export function withReplies(text: string, readings: readonly Reading[]): string {
  const lines = text.split('\n');
  for (const { until, replies } of readings.toSorted((a, b) => b.until.line - a.until.line)) {
    const start = until.line + 1;
    let end = start;
    while (lines[end]?.startsWith('  ')) end += 1;
    lines.splice(start, end - start, ...replies.map((reply) => `  ${reply}`));
  }
  return lines.join('\n');
}
