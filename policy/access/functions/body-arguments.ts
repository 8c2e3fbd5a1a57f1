import type { Argument } from '../query/body-facts.ts';
import type { Column, Lineage, Source, Value } from '../query/value.ts';
import { lineageOf } from '../query/value.ts';

const PREFIX = 'argument ';

/**
 * Arguments as a body sees them: their sources are marked, so that they are told from what the body reads itself, and without
 * places, which belong to another text.
 */
export function inBody(args: readonly Argument[] | undefined): readonly Argument[] | undefined {
  return args?.map((arg) => ({ ...arg, value: markedValue(arg.value) }));
}

function markedValue(value: Value): Value {
  const marked = { ...value, lineage: markedLineage(value.lineage) };
  return value.fields === undefined ? marked : { ...marked, fields: value.fields.map(markedColumn) };
}

function markedColumn(column: Column): Column {
  return { ...markedValue(column), name: column.name };
}

function markedLineage(lineage: Lineage): Lineage {
  return lineageOf(
    [...lineage.values()].map((one): Source => {
      const key = one.key.startsWith(PREFIX) ? one.key : `${PREFIX}${one.key}`;
      return { ...one, key, spans: [], isArgument: true };
    }),
  );
}

/** A result in the caller's eyes: what came in by an argument is the argument's again, with the caller's places. */
export function afterCall(lineage: Lineage, given: Lineage): Lineage {
  if (![...lineage.values()].some((one) => one.isArgument === true)) return lineage;
  const sources = [...lineage.values()].flatMap((one): readonly Source[] => {
    if (one.isArgument !== true) return [one];
    // The call's own body may be inside of another one, whose arguments have the same mark.
    const back = given.get(one.key) ?? given.get(one.key.slice(PREFIX.length));
    return back === undefined ? [] : [back];
  });
  return lineageOf(sources);
}
