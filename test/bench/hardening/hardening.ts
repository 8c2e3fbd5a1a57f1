import { PATHOLOGICAL, type Pathological } from '../../corpora/pathological.ts';
import { table } from '../statistics.ts';
import { memoryOf } from '../usage.ts';
import { openAsking } from './asking.ts';
import { PEOPLE, type Stand, startStand } from './stand.ts';

/** What the texts of the pathological corpus cost a whole stepward. */
export type HardeningOptions = {
  /** A part of the names of cases; undefined: all of them. */
  readonly only: string | undefined;
  readonly report: (line: string) => void;
};

/** The promise that the event loop's turns are measured against. */
const PROMISED_MS = 5;

type Measured = {
  readonly name: string;
  readonly outcome: string;
  readonly ms: number;
  readonly turns: readonly number[];
};

/**
 * Sends each text through a running stepward as three people, and prints what it did to the event loop.
 *
 * The texts are sent within a transaction that has failed: stepward analyses, decides and audits them all the same, and
 * PostgreSQL, which is not what is measured, does not run them.
 */
export async function measureHardening({ only, report }: HardeningOptions): Promise<void> {
  const stand = await startStand();
  try {
    const wanted = PATHOLOGICAL.filter(({ name }) => only === undefined || name.includes(only));
    report(`memory at the start: ${memory(stand)}`);
    const rows: Measured[] = [];
    for (const each of wanted) {
      const measured = await measure(stand, each);
      rows.push(measured);
      report(lineOf(measured));
    }
    const late = rows.filter(({ turns }) => Math.max(...turns) > PROMISED_MS);
    report(`\n${late.length} of ${rows.length} texts hold the event loop for more than ${PROMISED_MS} ms`);
    if (late.length > 0)
      report(
        table(
          ['text', ...PEOPLE],
          late.map(({ name, turns }) => [name, ...turns.map((ms) => ms.toFixed(1))]),
        ),
      );
    report(`memory at the end: ${memory(stand)}`);
  } finally {
    await stand.stop();
  }
}

/** A busy machine only ever adds: the shortest of several is the nearest to the truth. */
const ROUNDS = 3;

async function measure(stand: Stand, { name, text }: Pathological): Promise<Measured> {
  const turns: number[] = [];
  let first = { outcome: '', ms: 0 };
  for (const person of PEOPLE) {
    const rounds = [];
    // Another text in each round: what is known already costs nothing. What the first person's rounds have found, the others' use.
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await once(stand, person, `${text()} --${round}`));
    if (turns.length === 0) first = rounds[0] ?? first;
    turns.push(Math.min(...rounds.map(({ turnMs }) => turnMs)));
  }
  return { name, ...first, turns };
}

async function once(
  stand: Stand,
  person: (typeof PEOPLE)[number],
  text: string,
): Promise<{ readonly outcome: string; readonly ms: number; readonly turnMs: number }> {
  const asking = await openAsking(stand.target(person));
  await asking.query('BEGIN');
  await asking.query('SELECT 1/0');
  await stand.probe();
  const { ms, sqlstate, message } = await asking.query(text);
  const { longestTurnMs } = await stand.probe();
  asking.end();
  return { outcome: `${sqlstate ?? 'done'} ${message.slice(0, 60)}`, ms, turnMs: longestTurnMs };
}

function lineOf({ name, outcome, ms, turns }: Measured): string {
  const figures = turns.map((turn) => turn.toFixed(1).padStart(6)).join('');
  return `${ms.toFixed(0).padStart(6)} ms ${figures}  ${name.slice(0, 44).padEnd(44)} ${outcome}`;
}

function memory(stand: Stand): string {
  const found = memoryOf(stand.target('allowed'));
  return found === undefined ? 'unknown' : `${found.residentMiB.toFixed(0)} MiB, peak ${found.peakMiB.toFixed(0)} MiB`;
}
