import type { RangeEntry } from '../query/scope.ts';
import type { Column } from '../query/value.ts';
import { NOTHING } from '../query/value.ts';
import type { Variables } from '../query/variables.ts';
import type { Cells } from './cells.ts';
import type { BoundParameter } from './parameters.ts';
import { entry } from './sql-body.ts';

type Names = {
  readonly name: string;
  readonly labels: ReadonlySet<string>;
  /** ALIAS FOR: another name for a variable, or for $n. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly parameters: readonly BoundParameter[];
};

/** What the names in a PL/pgSQL body mean besides columns. @see resolve_column_ref in PostgreSQL's pl_comp.c */
export function plpgsqlVariables(cells: Cells, names: Names): Variables {
  const cellName = (name: string): string => positionName(names, names.aliases.get(name) ?? name);
  return {
    areColumnsFirst: false,
    value: (name) => cells.value(cellName(name)),
    // Variables change: the list is read anew each time.
    get positional() {
      return names.parameters.map((_, at) => cells.value(parameterName(names, at)) ?? NOTHING);
    },
    record: (parts) => {
      const [first, second, ...others] = parts;
      if (first === undefined || others.length > 0) return undefined;
      const isQualifier = names.labels.has(first) || first === names.name;
      if (second === undefined)
        return recordOf(cells, cellName(first), first) ?? (isQualifier ? all(cells, first) : undefined);
      return isQualifier ? recordOf(cells, cellName(second), second) : undefined;
    },
  };
}

function recordOf(cells: Cells, cell: string, name: string): RangeEntry | undefined {
  const rows = cells.record(cell);
  return rows === undefined ? undefined : entry(name, rows);
}

/** `label.variable`, `f.parameter`: every variable, whatever block it is in. */
function all(cells: Cells, name: string): RangeEntry {
  const columns = cells.names().flatMap((own): readonly Column[] => {
    const value = cells.value(own);
    return value === undefined ? [] : [{ ...value, name: own }];
  });
  return entry(name, { columns });
}

/** The variable of a parameter: named like it, or $n. */
export function parameterName({ parameters }: Pick<Names, 'parameters'>, at: number): string {
  const name = parameters[at]?.parameter.name ?? '';
  return name === '' ? `$${at + 1}` : name;
}

function positionName(names: Names, name: string): string {
  return /^\$\d+$/.test(name) ? parameterName(names, Number(name.slice(1)) - 1) : name;
}
