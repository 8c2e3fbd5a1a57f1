import type { Io } from '../io.ts';

/** Colours for a terminal, nothing for a pipe. @see https://no-color.org */
export type Style = {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly waiting: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
};

export function styleFor(io: Pick<Io, 'isTty' | 'env'>): Style {
  const isColoured = io.isTty && (io.env['NO_COLOR'] ?? '') === '' && io.env['TERM'] !== 'dumb';
  const paint = (code: number, end: number) => (text: string) =>
    isColoured && text !== '' ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return { good: paint(32, 39), bad: paint(31, 39), waiting: paint(33, 39), faint: paint(2, 22), strong: paint(1, 22) };
}
