import type { Action } from '../../../policy/access/facts.ts';
import type { CoveredAccess } from '../../stepup/coverage.ts';

const verbs: Readonly<Record<Action, string>> = {
  connect: 'connect to',
  select: 'read',
  insert: 'add to',
  update: 'change',
  delete: 'delete from',
  truncate: 'empty',
  lock: 'lock',
  maintain: 'maintain',
  execute: 'run',
  copy: 'copy',
  ddl: 'redefine',
  set: 'set',
  listen: 'listen on',
  notify: 'notify',
  serverFile: 'use files of the server through',
  opaque: 'run what cannot be checked:',
};

/** One line for each resource: what the grant lets the person do with it. */
export type CoveredLine = { readonly verb: string; readonly resource: string; readonly note: string };

export function coveredLines(covers: readonly CoveredAccess[]): readonly CoveredLine[] {
  const outputs = new Set(covers.filter(({ usage }) => usage === 'output').map(lineKey));
  return covers
    .filter((access) => access.usage !== 'condition' || !outputs.has(lineKey(access)))
    .map((access) => ({ verb: verbOf(access.action), resource: access.resource, note: noteOf(access.usage) }));
}

function lineKey({ action, resource }: CoveredAccess): string {
  return `${action} ${resource}`;
}

function verbOf(action: string): string {
  return Object.entries(verbs).find(([name]) => name === action)?.[1] ?? action;
}

function noteOf(usage: string): string {
  return usage === 'condition' ? 'to choose rows, without showing it' : '';
}

/** `2 minutes`, `45 seconds`, `1 hour`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120 && seconds % 60 !== 0) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120 && minutes !== 60) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const hours = Math.round(minutes / 6) / 10;
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

/** `1:42`, as the counter of the page shows it. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
