import type { AnalysisRefusal } from './analyzer.ts';
import { quoteIdent } from './facts.ts';

/**
 * Ends an analysis: the statement has no facts. `location` is a byte offset into the text; whoever knows the text turns
 * it into `refusal.position` (see `withPosition`).
 */
export class RefusedAnalysis extends Error {
  readonly refusal: AnalysisRefusal;
  readonly location: number | undefined;

  constructor(refusal: AnalysisRefusal, location?: number) {
    super(refusal.message);
    this.name = 'RefusedAnalysis';
    this.refusal = refusal;
    this.location = location;
  }

  /** The refusal with its place in the text, 1-based, in code points. */
  withPosition(toPosition: (byteOffset: number) => number): AnalysisRefusal {
    if (this.location === undefined) return this.refusal;
    return { ...this.refusal, position: toPosition(this.location) };
  }
}

/** A node kind, or a use of one, that no rule knows. */
export function unsupported(what: string, location?: number): RefusedAnalysis {
  const message = `${what} is not supported by the access analysis`;
  const detail = 'What cannot be analysed is refused, because what it reads is not known.';
  return new RefusedAnalysis({ cause: 'unsupported', sqlstate: '0A000', message, detail }, location);
}

export function unknownRelation(name: string, location?: number): RefusedAnalysis {
  return unknownName('42P01', `relation "${name}" does not exist`, location);
}

export function unknownTableAlias(name: string, location?: number): RefusedAnalysis {
  return unknownName('42P01', `missing FROM-clause entry for table "${name}"`, location);
}

/** @param relation the alias or table that the reference names, where it names one */
export function unknownColumn(relation: string | undefined, column: string, location?: number): RefusedAnalysis {
  const shown = relation === undefined ? `"${column}"` : `${relation}.${column}`;
  return unknownName('42703', `column ${shown} does not exist`, location);
}

export function unknownColumnOfRelation(column: string, relation: string, location?: number): RefusedAnalysis {
  return unknownName('42703', `column "${column}" of relation "${relation}" does not exist`, location);
}

export function ambiguousColumn(column: string, location?: number): RefusedAnalysis {
  return unknownName('42702', `column reference "${column}" is ambiguous`, location);
}

export function ambiguousTable(name: string, location?: number): RefusedAnalysis {
  return unknownName('42P09', `table reference "${name}" is ambiguous`, location);
}

export function unknownFunction(schema: string | undefined, name: string, location?: number): RefusedAnalysis {
  const shown = schema === undefined ? quoteIdent(name) : `${quoteIdent(schema)}.${quoteIdent(name)}`;
  return unknownName('42883', `function ${shown} does not exist`, location);
}

export function unknownType(name: string, location?: number): RefusedAnalysis {
  return unknownName('42704', `type "${name}" does not exist`, location);
}

/** Any other mistake for which PostgreSQL has its own code and text. */
export function unknownName(sqlstate: string, message: string, location?: number): RefusedAnalysis {
  return new RefusedAnalysis({ cause: 'unknownName', sqlstate, message }, location);
}

export function limitExceeded(message: string, location?: number): RefusedAnalysis {
  return new RefusedAnalysis({ cause: 'limit', sqlstate: '54000', message }, location);
}

/** Something that would change how later text is read. */
export function unsound(message: string, hint?: string, location?: number): RefusedAnalysis {
  const base = { cause: 'unsound', sqlstate: '42501', message } as const;
  return new RefusedAnalysis(hint === undefined ? base : { ...base, hint }, location);
}
