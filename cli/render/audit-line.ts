import type { AuditRecord, CompletionRecord, DecisionRecord, EventRecord } from '../../proxy/audit/record.ts';
import { dateTime } from '../table.ts';
import { oneLine, padDisplay, printable } from './printable.ts';
import type { Style } from './style.ts';

export type LineOptions = { readonly columns: number; readonly style: Style };

/** One row of the audit on one line. */
export function auditLine(record: AuditRecord, options: LineOptions): string {
  switch (record.kind) {
    case 'decision':
      return decisionLine(record, options);
    case 'event':
      return eventLine(record, options);
  }
}

/** For `tail -f`: the end of a statement whose decision has been printed before. */
export function completionLine({ entry }: CompletionRecord, { style }: LineOptions): string {
  const number = `#${entry.decisionId}`;
  return `${style.faint(dateTime(entry.atMs))}  ${padDisplay(number, 7)}  ${style.faint('└')} ${outcome({ entry })}`;
}

function decisionLine(record: DecisionRecord, { columns, style }: LineOptions): string {
  const { entry, completion } = record;
  const ending = [completion && outcome(completion), policies(record)].filter(Boolean).join('  ');
  const head = [
    style.faint(dateTime(entry.atMs)),
    padDisplay(`#${record.id}`, 7),
    padDisplay(who(entry.subject), 20),
    verdict(record, style),
  ].join('  ');
  const plainHead = 19 + 2 + 7 + 2 + Math.max(20, who(entry.subject).length) + 2 + 6 + 2;
  const statement = oneLine(statementOf(record), Math.max(24, columns - plainHead - ending.length - 2));
  return `${head}  ${statement}  ${style.faint(ending)}`.trimEnd();
}

function eventLine({ id, entry }: EventRecord, { columns, style }: LineOptions): string {
  const head = `${style.faint(dateTime(entry.atMs))}  ${padDisplay(`#${id}`, 7)}  ${padDisplay(who(entry.subject ?? {}), 20)}`;
  const data = Object.entries(entry.data).map(([key, value]) => `${key}=${valueText(value)}`);
  return `${head}  ${style.strong(printable(entry.type))}  ${style.faint(oneLine(data.join(' '), Math.max(40, columns - 72)))}`.trimEnd();
}

/** A value of an event's data, on one line. */
export function valueText(value: EventRecord['entry']['data'][string]): string {
  return typeof value === 'object' ? value.join(', ') : String(value);
}

/** `connect` carries no text. */
function statementOf({ entry }: DecisionRecord): string {
  return entry.protocol === 'connect' ? '(connect)' : entry.text;
}

export function who(subject: { readonly principal?: string; readonly address?: string }): string {
  if (subject.principal === undefined && subject.address === undefined) return '-';
  const person = printable(subject.principal ?? '?');
  return subject.address === undefined ? person : `${person}@${printable(subject.address)}`;
}

export function verdict({ entry }: DecisionRecord, style: Style): string {
  switch (entry.verdict) {
    case 'allow':
      return style.good('allow ');
    case 'refuse':
      return style.bad('refuse');
    case 'hold':
      return style.waiting('hold  ');
  }
}

export function outcome({ entry }: Pick<CompletionRecord, 'entry'>): string {
  const rows = `${entry.rows} ${entry.rows === 1 ? 'row' : 'rows'}`;
  const time = milliseconds(entry.durationMs);
  return entry.outcome === 'done'
    ? `${rows} ${time}`
    : `${entry.outcome} ${entry.sqlstate ?? ''} ${rows} ${time}`.replace('  ', ' ');
}

export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1_000)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${Number(ms.toFixed(1))} ms`;
}

function policies({ entry }: DecisionRecord): string {
  if (entry.determining.length > 0) return printable(entry.determining.map(({ id }) => id).join(', '));
  if (entry.verdict === 'allow') return '';
  return entry.facts === undefined ? `not analysed (${entry.sqlstate ?? '?'})` : 'nothing permits it';
}
