/** One thing that is wrong with a policy set, where in which file, and what may help. */
export type Problem = {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly help?: string;
  /** @id of the policy, where it has one. */
  readonly policy?: string;
};

/** `file:line:column: error: message (help)`: the form that editors and CI systems turn into links. */
export function formatProblem(problem: Problem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`;
  const help = problem.help === undefined ? '' : ` (${problem.help})`;
  return `${where}: ${problem.severity}: ${problem.message}${help}`;
}

export function byPosition(left: Problem, right: Problem): number {
  return left.file.localeCompare(right.file) || left.line - right.line || left.column - right.column;
}
