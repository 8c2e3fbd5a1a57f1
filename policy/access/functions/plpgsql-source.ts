import { scanSync } from 'libpg-query';
import type { CatalogFunction } from '../../catalog/catalog.ts';
import { isBuiltinOid } from '../query/calls.ts';
import type { Context } from '../query/context.ts';
import type { Parameter } from './parameters.ts';

/**
 * The CREATE statement that PL/pgSQL's parser wants around a body. Types are only told apart as the parser needs it: rows,
 * arrays and scalars; what they are exactly is looked up elsewhere.
 */
export function createStatement(context: Context, fn: CatalogFunction, body: string): string {
  const parameters = fn.code?.parameters ?? [];
  const own = parameters.filter(({ mode }) => mode !== 'table').map((one) => declaration(context, one));
  const head = `${fn.kind === 'procedure' ? 'PROCEDURE' : 'FUNCTION'} f(${own.join(', ')})`;
  return `CREATE ${head} ${returns(context, fn, parameters)} LANGUAGE plpgsql AS ${quoted(body)}`;
}

/** The text of a DO block for the parser. */
export function doStatement(body: string): string {
  return `DO ${quoted(body)}`;
}

const MODES: Readonly<Record<Parameter['mode'], string>> = {
  in: 'IN',
  out: 'OUT',
  inout: 'INOUT',
  variadic: 'VARIADIC',
  table: '',
};

function declaration(context: Context, { name, mode, typeOid }: Parameter): string {
  return `${MODES[mode]} ${name === '' ? '' : quotedName(name)} ${kindOfType(context, typeOid)}`;
}

const VOID = 2278;
const TRIGGER = 2279;
const EVENT_TRIGGER = 3838;
const RECORD = 2249;

function returns(context: Context, fn: CatalogFunction, parameters: readonly Parameter[]): string {
  if (fn.kind === 'procedure') return '';
  const table = parameters.filter(({ mode }) => mode === 'table');
  if (table.length > 0) return `RETURNS TABLE (${table.map((one) => declaration(context, one)).join(', ')})`;
  return `RETURNS ${fn.returnsSet ? 'SETOF ' : ''}${returnType(context, fn.returnTypeOid)}`;
}

function returnType(context: Context, oid: number): string {
  if (oid === VOID) return 'void';
  if (oid === TRIGGER) return 'trigger';
  if (oid === EVENT_TRIGGER) return 'event_trigger';
  return kindOfType(context, oid);
}

/** record stands for every row type. */
function kindOfType(context: Context, oid: number): string {
  if (oid === RECORD) return 'record';
  if (oid === REFCURSOR) return 'refcursor';
  const type = isBuiltinOid(oid) ? undefined : context.env.index.typeByOid(oid);
  if (type === undefined) return 'text';
  return type.relationOid === undefined ? 'text' : 'record';
}

const REFCURSOR = 1790;

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** In a dollar quote that the text does not have. */
function quoted(text: string): string {
  let tag = 'body';
  while (text.includes(`$${tag}$`)) tag += '_';
  return `$${tag}$${text}$${tag}$`;
}

export type Token = { readonly text: string; readonly start: number; readonly end: number };

/** The tokens of a body with their places in UTF-16 code units; none where the scanner does not take it. */
export function tokensOf(text: string): readonly Token[] {
  const bytes = Buffer.from(text);
  const isAscii = bytes.length === text.length;
  const at = (byte: number): number => (isAscii ? byte : bytes.toString('utf8', 0, byte).length);
  try {
    return scanSync(text).tokens.map(({ text: own, start, end }) => ({ text: own, start: at(start), end: at(end) }));
  } catch {
    return [];
  }
}

/** In place of `%ROWTYPE`. A comment: type names may have it, and in an expression it shows that it was none. */
export const ROWTYPE_MARK = '/*stepward: %rowtype*/';

/**
 * `c customers%ROWTYPE` is `c customers`: the parser takes only the second for a row. Attack that the mark keeps: in an
 * expression, `c %rowtype.salary` is an operator and a column, and `c.salary` without them.
 */
export function withoutRowtype(text: string): string {
  let result = '';
  let done = 0;
  const tokens = tokensOf(text);
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token.text !== '%' || next === undefined || next.text.toLowerCase() !== 'rowtype') return;
    result += text.slice(done, token.start) + ROWTYPE_MARK;
    done = next.end;
  });
  return result + text.slice(done);
}

/** `name ALIAS FOR other`: the parser forgets such names. */
export function aliasesOf(text: string): ReadonlyMap<string, string> {
  const tokens = tokensOf(text);
  const aliases = new Map<string, string>();
  tokens.forEach((token, at) => {
    const [name, , other] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]];
    const isAlias = token.text.toLowerCase() === 'alias' && tokens[at + 1]?.text.toLowerCase() === 'for';
    if (isAlias && name !== undefined && other !== undefined) aliases.set(folded(name.text), folded(other.text));
  });
  return aliases;
}

function folded(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}

/** Where an assignment's target ends and its value starts; undefined: no assignment. */
export function splitAssignment(text: string): { readonly target: string; readonly value: string } | undefined {
  let depth = 0;
  for (const { text: token, start, end } of tokensOf(text)) {
    if (token === '[' || token === '(') depth += 1;
    else if (token === ']' || token === ')') depth -= 1;
    else if (depth === 0 && (token === ':=' || token === '=')) {
      return { target: text.slice(0, start), value: text.slice(end) };
    }
  }
  return undefined;
}
