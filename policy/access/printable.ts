import type { Access, AccessFacts, Resource, StatementFacts, Via } from './facts.ts';
import { resourceKey } from './facts.ts';

/**
 * What error messages of the statements may show and the decision on them has not permitted: columns that only steer a
 * condition (a cast that fails prints the value), and whole rows of what is changed.
 * @returns statements in the shape that policies are asked about, one `select` with usage `output` for each column;
 *   statements that can print nothing are left out
 */
export function printableColumns({ statements }: AccessFacts): readonly StatementFacts[] {
  return statements.flatMap((statement) => {
    const { kind, span, opaque, isReadOnly } = statement;
    const accesses = printedBy(statement).map((resource) => {
      return { action: 'select', resource, usage: 'output', spans: [] } as const;
    });
    return accesses.length === 0 ? [] : [{ kind, span, opaque, isReadOnly, accesses, effects: [] }];
  });
}

function printedBy({ accesses, printedRows }: StatementFacts): readonly Resource[] {
  const printed = new Map<string, Resource>();
  const add = (resource: Resource): unknown => printed.set(resourceKey(resource), resource);
  for (const { schema, table, columns } of printedRows ?? []) {
    for (const column of columns) add({ kind: 'column', schema, table, column });
  }
  const reads = accesses.filter(({ action, resource }) => action === 'select' && resource.kind === 'column');
  for (const read of reads) if (!isLetOut(read)) add(read.resource);
  for (const read of reads) if (isLetOut(read)) printed.delete(resourceKey(read.resource));
  return [...printed.values()];
}

/** Reads by code that runs on the person's behalf: what is permitted to the code is not shown to the person by that. */
const BY_CODE: ReadonlySet<Via> = new Set(['trigger', 'function', 'default', 'constraint']);

function isLetOut({ usage, via }: Access): boolean {
  return usage === 'output' && (via === undefined || !BY_CODE.has(via));
}
