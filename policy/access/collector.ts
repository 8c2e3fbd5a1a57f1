import type {
  Access,
  Action,
  Effect,
  FunctionResource,
  Opaque,
  Resource,
  ResultColumn,
  Span,
  StatementFacts,
  Usage,
  Via,
} from './facts.ts';
import { resourceKey } from './facts.ts';
import { Flows } from './flows.ts';

/** An access as the rules report it; `location` is a byte offset into the text of the message. */
export type ReportedAccess = {
  readonly action: Action;
  readonly resource: Resource;
  readonly usage: Usage;
  readonly via?: Via | undefined;
  readonly location?: number | undefined;
  readonly spans?: readonly Span[];
  /** A condition only as long as nobody takes the column (see Reading in query/value.ts). */
  readonly isUnselected?: boolean;
};

type TableResource = Extract<Resource, { kind: 'table' }>;
type MutableAccess = {
  readonly action: Action;
  readonly resource: Resource;
  readonly usage: Usage;
  readonly via?: Via;
  readonly spans: Span[];
};

/** More places than an explanation can show; keeps a statement with thousands of references small. */
const MAX_SPANS = 16;

/** Gathers what one statement touches; accesses that differ only in their place become one. */
export class Collector {
  /** @param toSpan from a byte offset (and length in bytes, where known) to code units of the text */
  readonly toSpan: (byteOffset: number, length?: number) => Span;
  /** What is brought into columns of tables. */
  readonly flows = new Flows();
  readonly #accesses = new Map<string, MutableAccess>();
  readonly #touched = new Map<string, ReportedAccess>();
  readonly #columnsOf = new Set<string>();
  /** Keys of the conditions that do steer. */
  readonly #steering = new Set<string>();
  readonly #opaque: Opaque[] = [];
  readonly #effects: Effect[] = [];
  #result: readonly ResultColumn[] | undefined;
  #isReadOnly = true;

  constructor(toSpan: (byteOffset: number, length?: number) => Span) {
    this.toSpan = toSpan;
  }

  access(reported: ReportedAccess): void {
    const { action, resource, usage, via } = reported;
    const key = accessKey(reported);
    if (reported.isUnselected !== true) this.#steering.add(key);
    if (resource.kind === 'column' && action === 'select')
      this.#columnsOf.add(tableKey(resource.schema, resource.table));
    const known = this.#accesses.get(key);
    if (known !== undefined) addSpans(known.spans, this.#spansOf(reported));
    else {
      const spans = addSpans([], this.#spansOf(reported));
      this.#accesses.set(
        key,
        via === undefined ? { action, resource, usage, spans } : { action, resource, usage, via, spans },
      );
    }
  }

  /** The table is read; it becomes a `select` on the table itself unless some column of it is read too. */
  touch(resource: TableResource, via?: Via, location?: number, spans?: readonly Span[]): void {
    const key = tableKey(resource.schema, resource.table);
    if (this.#touched.has(key)) return;
    const base = { action: 'select', resource, usage: 'output', via, location } as const;
    this.#touched.set(key, spans === undefined ? base : { ...base, spans });
  }

  /** A part that cannot be seen through; also an access of its own, so that a policy is asked. */
  opaque(what: string, location?: number, at?: readonly Span[], resource?: FunctionResource): void {
    const spans = at ?? (location === undefined ? [] : [this.toSpan(location)]);
    this.#opaque.push(resource === undefined ? { what, spans } : { what, spans, resource });
    this.access({ action: 'opaque', resource: resource ?? { kind: 'database' }, usage: 'none', spans });
  }

  opaqueParts(): readonly Opaque[] {
    return this.#opaque;
  }

  effect(effect: Effect): void {
    this.#effects.push(effect);
  }

  effects(): readonly Effect[] {
    return this.#effects;
  }

  /** Upstream takes row locks or writes: a transaction with this statement in it should not be held open. */
  locking(): void {
    this.#isReadOnly = false;
  }

  isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** Tables of which rows are read, whether or not a column of them is. */
  touched(): readonly ReportedAccess[] {
    return [...this.#touched.values()];
  }

  /** What has been reported so far, without the tables that were only touched. */
  reported(): readonly Access[] {
    return [...this.#accesses].filter(([key, access]) => !this.#isTaken(key, access)).map(([, access]) => access);
  }

  /** What decides which rows there are, and all that is no read; columns that are only listed somewhere are left out. */
  steering(): readonly Access[] {
    return [...this.#accesses].filter(([key]) => this.#steering.has(key)).map(([, access]) => access);
  }

  /** What has been gathered so far; tables that were touched without a column included. */
  accesses(): readonly Access[] {
    for (const [key, reported] of this.#touched) if (!this.#columnsOf.has(key)) this.access(reported);
    return this.reported();
  }

  /** The columns that the client gets. */
  result(columns: readonly ResultColumn[]): void {
    this.#result = columns;
  }

  resultSoFar(): readonly ResultColumn[] {
    return this.#result ?? [];
  }

  /** For a statement that puts the rows elsewhere. */
  takeResult(): readonly ResultColumn[] {
    const result = this.resultSoFar();
    this.#result = undefined;
    return result;
  }

  /** @param kind the words of the command tag */
  finish(kind: string, span: Span): StatementFacts {
    if (this.accesses().length === 0) {
      this.access({ action: 'connect', resource: { kind: 'database' }, usage: 'none', spans: [span] });
    }
    const accesses = this.accesses();
    const flows = this.flows.stored();
    return {
      kind,
      span,
      accesses,
      opaque: this.#opaque,
      effects: this.#effects,
      ...(this.#result === undefined ? {} : { result: this.#result }),
      ...(flows.length === 0 ? {} : { flows }),
      isReadOnly: this.#isReadOnly,
    };
  }

  /** Somebody outside took the column: it is an output, and the place that only listed it says nothing more. */
  #isTaken(key: string, access: Access): boolean {
    if (access.usage !== 'condition' || this.#steering.has(key)) return false;
    return this.#accesses.has(accessKey({ ...access, usage: 'output' }));
  }

  #spansOf(reported: ReportedAccess): readonly Span[] {
    if (reported.spans !== undefined && reported.spans.length > 0) return reported.spans;
    return reported.location === undefined ? [] : [this.toSpan(reported.location)];
  }
}

function accessKey({ action, resource, usage, via }: Omit<ReportedAccess, 'spans'>): string {
  return `${action} ${resource.kind} ${resourceKey(resource)} ${usage} ${via ?? ''}${overload(resource)}`;
}

/** Overloads of one name are told apart. */
function overload(resource: Resource): string {
  return resource.kind === 'function' ? ` (${resource.signature ?? ''}) ${resource.isSeenThrough ?? false}` : '';
}

function tableKey(schema: string, table: string): string {
  return `${schema}\0${table}`;
}

function addSpans(spans: Span[], more: readonly Span[]): Span[] {
  for (const span of more) {
    if (spans.length >= MAX_SPANS) break;
    if (!spans.some((known) => known.start === span.start && known.end === span.end)) spans.push(span);
  }
  return spans;
}
