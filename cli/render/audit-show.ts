import type { AuditRecord, DecisionRecord, EventRecord } from '../../proxy/audit/record.ts';
import { dateTime } from '../table.ts';
import { milliseconds, outcome, valueText } from './audit-line.ts';
import { accessLabel, policyLabel } from './labels.ts';
import { lineageLines } from './lineage.ts';
import { printable, printableLines } from './printable.ts';
import type { Style } from './style.ts';

type Field = readonly [name: string, value: string];

/** Everything that a row holds, one field a line, empty ones left out. */
export function showRecord(record: AuditRecord, style: Style): string {
  const fields = record.kind === 'decision' ? decisionFields(record) : eventFields(record);
  const width = Math.max(...fields.map(([name]) => name.length));
  const indent = ' '.repeat(width + 2);
  return fields
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${style.faint(name.padEnd(width))}  ${value.replaceAll('\n', `\n${indent}`)}`)
    .join('\n');
}

function decisionFields(record: DecisionRecord): readonly Field[] {
  const { entry } = record;
  return [
    ['decision', `#${record.id}`],
    ['time', moment(entry.atMs)],
    ...subjectFields(entry.subject),
    ['protocol', entry.protocol],
    ['statement', printableLines(entry.text)],
    ['verdict', entry.verdict],
    [
      'error',
      [entry.sqlstate, entry.message]
        .filter((part) => part !== undefined)
        .map(printable)
        .join(' '),
    ],
    ['policies', entry.determining.map(policyLabel).join('\n')],
    [
      'denied',
      entry.denied.map((each) => printable(`${each.action} ${each.resource} ${policyList(each.policies)}`)).join('\n'),
    ],
    ['touches', touches(record)],
    ...contextFields(record),
    ['policy version', printable(entry.policyVersion)],
    ['catalog version', String(entry.catalogVersion)],
    ['second reader', printable(entry.secondReader ?? '')],
    ['challenge', printable(entry.challengeId ?? '')],
    ['grants', printable(entry.grantIds?.join(', ') ?? '')],
    ...completionFields(record),
    ['hash', record.hash],
  ];
}

function policyList(ids: readonly string[]): string {
  return ids.length === 0 ? '(nothing permits it)' : `(${ids.join(', ')})`;
}

function touches({ entry }: DecisionRecord): string {
  const { facts } = entry;
  if (facts === undefined) return 'unknown: the statement was not analysed';
  return facts.statements
    .flatMap((statement) => [
      printable(`${statement.kind}${statement.isReadOnly ? ' (only reads)' : ''}`),
      ...statement.accesses.map((access) => `  ${accessLabel(access)}`),
      ...statement.opaque.map(({ what }) => printable(`  cannot be seen through: ${what}`)),
      ...lineageLines(statement).map((line) => `  ${line}`),
      ...statement.effects.map((effect) => printable(`  effect: ${JSON.stringify(effect)}`)),
    ])
    .join('\n');
}

/** As read at that moment; signals that this version does not know are printed as they are. */
function contextFields({ entry }: DecisionRecord): readonly Field[] {
  const { session, clock, assurance, ...more } = entry.context;
  const proof = `${assurance.methods.join(' + ')}, aal ${assurance.aal}, ${milliseconds(assurance.ageMs)} old`;
  return [
    ['assurance', printable(proof)],
    ['session', printable(pairs(session))],
    ['clock', `${moment(clock.nowMs)}, hour ${clock.hour}, weekday ${clock.weekday}`],
    ...Object.entries(more).map(([name, value]): Field => [printable(name), printable(JSON.stringify(value))]),
  ];
}

function completionFields({ completion }: DecisionRecord): readonly Field[] {
  if (completion === undefined) return [];
  const { entry } = completion;
  return [
    ['ended', `${moment(entry.atMs)} (row ${completion.id})`],
    ['outcome', `${outcome(completion)}, ${entry.bytes} bytes to the client`],
  ];
}

function eventFields({ id, hash, entry }: EventRecord): readonly Field[] {
  return [
    ['event', `#${id} ${printable(entry.type)}`],
    ['time', moment(entry.atMs)],
    ...subjectFields(entry.subject ?? {}),
    ...Object.entries(entry.data).map(([key, value]): Field => [printable(key), printable(valueText(value))]),
    ['hash', hash],
  ];
}

function subjectFields(subject: Partial<DecisionRecord['entry']['subject']>): readonly Field[] {
  const { principal, groups, address, application, database, sessionId } = subject;
  return [
    ['person', printable(principal ?? '')],
    ['groups', printable(groups?.join(', ') ?? '')],
    ['address', printable(address ?? '')],
    ['application', printable(application ?? '')],
    ['database', printable(database ?? '')],
    ['session id', printable(sessionId ?? '')],
  ];
}

function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

function moment(ms: number): string {
  return `${dateTime(ms)} (${new Date(ms).toISOString()})`;
}
