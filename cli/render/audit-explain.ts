import type { Access, Span } from '../../policy/access/facts.ts';
import { resourceKey } from '../../policy/access/facts.ts';
import type { AuditReader } from '../../proxy/audit/read.ts';
import type { DecisionRecord, EventRecord } from '../../proxy/audit/record.ts';
import { dateTime } from '../table.ts';
import { milliseconds, outcome, verdict } from './audit-line.ts';
import { accessLabel, policyLabel } from './labels.ts';
import { lineageLines } from './lineage.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { underline } from './underline.ts';

export type ExplainOptions = { readonly columns: number | undefined; readonly style: Style };
type Denied = DecisionRecord['entry']['denied'][number];

/**
 * Why a statement was allowed, refused or held: its text with the culprits underlined, the policies that decided and where
 * they are written, what would have helped, and what came of it.
 */
export function explainDecision(record: DecisionRecord, reader: AuditReader, options: ExplainOptions): string {
  const { entry } = record;
  const parts = [
    headline(record, options.style),
    statementPart(record, options),
    entry.verdict === 'allow' ? allowedPart(record, reader) : deniedPart(record),
    (entry.facts?.statements ?? []).flatMap(lineageLines).join('\n'),
    entry.verdict === 'allow' ? '' : helpPart(record, reader),
    endPart(record),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headline(record: DecisionRecord, style: Style): string {
  const { id, entry } = record;
  const { principal, groups, address, application, database } = entry.subject;
  const inGroups = groups.length === 0 ? '' : ` (${groups.join(', ')})`;
  const using = application === '' ? '' : `, ${application}`;
  const error = entry.message === undefined ? '' : `\n${entry.sqlstate ?? ''} ${entry.message}`;
  return [
    `${style.strong(`#${id}`)}  ${dateTime(entry.atMs)}  ${verdict(record, style).trim()}`,
    printable(`${principal ?? 'nobody yet'}${inGroups} from ${address}${using}, database ${database}`) +
      printableTail(error),
  ].join('\n');
}

function printableTail(text: string): string {
  return text === '' ? '' : `\n${printable(text.slice(1))}`;
}

function statementPart({ entry }: DecisionRecord, { columns, style }: ExplainOptions): string {
  if (entry.protocol === 'connect') return 'This was the right to connect: no statement yet.';
  return underline(entry.text, culprits(entry), {
    columns: columns === undefined ? undefined : Math.max(20, columns - 8),
    context: 2,
    mark: entry.verdict === 'hold' ? style.waiting : style.bad,
  });
}

/** The spans of what was denied. Accesses that come through a view point at the view's name. */
function culprits({ facts, denied }: DecisionRecord['entry']): readonly Span[] {
  return accessesOf(facts)
    .filter((access) => denied.some((each) => isSame(access, each)))
    .flatMap(({ spans }) => spans);
}

function accessesOf(facts: DecisionRecord['entry']['facts']): readonly Access[] {
  return facts?.statements.flatMap(({ accesses }) => accesses) ?? [];
}

function isSame(access: Access, denied: Denied): boolean {
  return access.action === denied.action && resourceKey(access.resource) === denied.resource;
}

function deniedPart({ entry }: DecisionRecord): string {
  if (entry.facts === undefined) return 'Refused before any policy was asked: the statement could not be analysed.';
  if (entry.denied.length === 0) return 'No single access was denied: the refusal is for the statement as a whole.';
  return entry.denied.map((denied) => deniedAccess(denied, entry)).join('\n');
}

function deniedAccess(denied: Denied, entry: DecisionRecord['entry']): string {
  const access = accessesOf(entry.facts).find((each) => isSame(each, denied));
  const label = access === undefined ? printable(`${denied.action} ${denied.resource}`) : accessLabel(access);
  const policies = denied.policies.map((id) => policyLabel(entry.determining.find((each) => each.id === id) ?? { id }));
  const why = policies.length === 0 ? ['no policy permits it'] : policies.map((policy) => `forbidden by ${policy}`);
  return [`denied: ${label}`, ...why.map((line) => `  ${line}`)].join('\n');
}

function allowedPart({ entry }: DecisionRecord, reader: AuditReader): string {
  const accesses = unique(accessesOf(entry.facts).map(accessLabel));
  return [
    ...accesses.map((label) => `allowed: ${label}`),
    ...entry.determining.map((policy) => `  permitted by ${policyLabel(policy)}`),
    ...(entry.grantIds ?? []).map(
      (grantId) => `  with grant ${printable(grantId)}${grantStory(reader.eventsOfGrant(grantId))}`,
    ),
  ].join('\n');
}

function unique(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)];
}

function grantStory(events: readonly EventRecord[]): string {
  const made = events.find(({ entry }) => entry.type === 'grant.created');
  if (made === undefined) return '';
  const { data, atMs } = made.entry;
  const methods = Array.isArray(data['methods']) ? data['methods'].join(' + ') : '';
  const until = typeof data['expiresAtMs'] === 'number' ? `, until ${dateTime(data['expiresAtMs'])}` : '';
  return printable(`: proved ${dateTime(atMs)} with ${methods}${until} (row ${made.id})`);
}

function helpPart({ id, entry }: DecisionRecord, reader: AuditReader): string {
  const events = reader.eventsOfDecision(id);
  const rung = events.find(({ entry: { type } }) => type === 'challenge.created')?.entry.data['rung'];
  if (rung !== undefined) {
    const next = reader.nextDecision(id);
    return [
      printable(`A step-up with ${String(rung)} would allow it:`),
      ...events.map((event) => `  ${dateTime(event.entry.atMs)}  ${eventStory(event)}`),
      ...(next === undefined ? [] : [`  the statement was judged again: see #${next}`]),
    ].join('\n');
  }
  if (entry.verdict === 'hold') return 'A step-up would allow it; its challenge has left no row.';
  if (entry.denied.length === 0) return '';
  return 'No step-up was offered: no proof of the ladder would make the policies allow it, or the person has none enrolled.';
}

function eventStory({ id, entry: { type, data } }: EventRecord): string {
  const known = ['reason', 'by', 'from', 'via', 'grantId'];
  const details = known.flatMap((key) => (data[key] === undefined ? [] : [`${key} ${String(data[key])}`]));
  const waited = typeof data['waitedMs'] === 'number' ? [`after ${milliseconds(data['waitedMs'])}`] : [];
  return printable(`${type} ${[...waited, ...details].join(', ')}`.trim()) + ` (row ${id})`;
}

function endPart({ entry, completion }: DecisionRecord): string {
  if (completion !== undefined) return `Ended: ${outcome(completion)}, ${completion.entry.bytes} bytes to the client.`;
  return entry.verdict === 'allow' && entry.protocol !== 'connect'
    ? 'No row of its end: it is still running, or stepward was killed.'
    : '';
}
