import { isTree } from '../tree.ts';

/** Nodes that hold a query: what is inside is the query rules' matter. */
const QUERY_NODES: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

export function isQueryTag(tag: string): boolean {
  return QUERY_NODES.has(tag);
}

/**
 * Visits every field of a tree, depth first.
 * @param visit gets a field's name and value; returning false leaves out what is below
 */
export function walk(value: unknown, visit: (field: string, value: unknown) => boolean, field = ''): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit, field);
  } else if (isTree(value)) {
    for (const [name, below] of Object.entries(value)) {
      if (visit(name, below)) walk(below, visit, name);
    }
  }
}
