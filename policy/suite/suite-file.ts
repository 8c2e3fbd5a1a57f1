import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { durationTextMs } from '../engine/extension-values.ts';

/**
 * Policy tests as data. A file has people (name -> groups) and cases; a case says who, in which moment, sends which
 * statement, and what must come of it:
 *
 *     people:
 *       grace: [analysts]
 *     cases:
 *       - name: an analyst sees no social security number
 *         person: grace
 *         statement: select ssn from customers
 *         expect: refuse
 *         policies: [analysts-no-ssn]
 *       - name: a fresh code opens e-mail addresses
 *         person: grace
 *         assurance: { methods: [pwd, otp], aal: 2, age: 5m }
 *         statement: select email from customers
 *         expect: allow
 */
const aal = z.union([z.literal(1), z.literal(2), z.literal(3)]);

const assuranceSchema = z.strictObject({
  methods: z.array(z.string()).default(['pwd']),
  aal: aal.default(1),
  /** How long ago the proof was given, e.g. `90s`, `9m59s`, `1h`. */
  age: z
    .string()
    .default('0s')
    .transform((text, issues) => {
      const ms = durationTextMs(text);
      if (ms !== undefined && ms >= 0) return ms;
      issues.addIssue({ code: 'custom', message: `"${text}" is no duration: write for example 90s, 5m or 1h30m` });
      return z.NEVER;
    }),
  approvedBy: z.string().optional(),
});

/** What is true at the moment; every key has a default that a plain login over TLS would have. */
const momentShape = {
  assurance: assuranceSchema.optional(),
  address: z.string().optional(),
  application: z.string().optional(),
  role: z.string().optional(),
  tls: z.boolean().optional(),
  /** An ISO 8601 time with offset; hour and weekday follow from it in the configured time zone. */
  clock: z.iso.datetime({ offset: true }).optional(),
  searchPath: z.array(z.string()).optional(),
} as const;

const caseSchema = z
  .strictObject({
    name: z.string().min(1),
    person: z.string().min(1),
    groups: z.array(z.string()).optional(),
    ...momentShape,
    statement: z.string().min(1),
    expect: z.enum(['allow', 'refuse', 'stepUp']),
    /** stepUp: the rung that must be asked for. */
    rung: z.string().optional(),
    /** Each of these must be among the determining policies. */
    policies: z.array(z.string()).optional(),
    /** refuse: no policy is asked, because analysis refuses the text, for this cause. */
    analysis: z.enum(['syntax', 'unsupported', 'unknownName', 'unsound', 'limit', 'readersDisagree']).optional(),
  })
  .refine((each) => each.rung === undefined || each.expect === 'stepUp', {
    path: ['rung'],
    message: 'only goes with expect: stepUp',
  })
  .refine((each) => each.analysis === undefined || each.expect === 'refuse', {
    path: ['analysis'],
    message: 'only goes with expect: refuse',
  });

const suiteSchema = z.strictObject({
  people: z.record(z.string(), z.array(z.string())).default({}),
  /** Taken by every case that does not say otherwise. */
  defaults: z.strictObject(momentShape).default({}),
  // A suite without cases tests nothing and would pass.
  cases: z.array(caseSchema).min(1),
});

type RawCase = z.infer<typeof caseSchema>;

export type PolicyCase = RawCase & { readonly groups: readonly string[]; readonly file: string; readonly line: number };

export type SuiteProblem = { readonly file: string; readonly line: number; readonly message: string };

export type SuiteFile =
  | { readonly kind: 'cases'; readonly cases: readonly PolicyCase[] }
  | { readonly kind: 'invalid'; readonly problems: readonly SuiteProblem[] };

/** Reads a suite from YAML text; every mistake is reported with its line. */
export function parseSuite(file: string, text: string): SuiteFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number | undefined): number => lines.linePos(offset ?? 0).line;
  if (document.errors.length > 0) {
    return invalid(
      document.errors.map((error) => ({ file, line: lineAt(error.pos[0]), message: firstLine(error.message) })),
    );
  }
  const lineOf = (path: readonly PropertyKey[]): number => lineAt(offsetOf(document, path));
  const parsed = suiteSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => issueProblem(file, issue, lineOf));
    return invalid(problems.sort((left, right) => left.line - right.line));
  }
  const { people, defaults, cases } = parsed.data;
  const withGroups = cases.map((each, index) => ({
    ...defaults,
    ...each,
    groups: each.groups ?? people[each.person],
    file,
    line: lineOf(['cases', index, 'name']),
  }));
  const strangers = withGroups.filter((each) => each.groups === undefined);
  if (strangers.length > 0) return invalid(strangers.map(strangerProblem));
  return { kind: 'cases', cases: withGroups.map((each) => ({ ...each, groups: each.groups ?? [] })) };
}

function invalid(problems: readonly SuiteProblem[]): SuiteFile {
  return { kind: 'invalid', problems };
}

function strangerProblem(each: {
  readonly file: string;
  readonly line: number;
  readonly person: string;
}): SuiteProblem {
  return { file: each.file, line: each.line, message: `"${each.person}" is not among people, and no groups are given` };
}

function issueProblem(
  file: string,
  issue: z.core.$ZodIssue,
  lineOf: (path: readonly PropertyKey[]) => number,
): SuiteProblem {
  // Zod points at the mapping that holds an unknown key; the line of the key itself is what helps.
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const message = path.length === 0 ? issue.message : `${path.map(String).join('.')}: ${issue.message}`;
  return { file, line: lineOf(path), message };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

/** Where a key's value stands, or that of the nearest key above which is there. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const start: unknown = node.range[0];
      return typeof start === 'number' ? start : undefined;
    }
  }
  return undefined;
}
