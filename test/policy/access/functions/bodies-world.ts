import { analyseText, prepareCatalog } from '../../../../policy/access/analyse-text.ts';
import type { AnalysisRefusal, Namespace } from '../../../../policy/access/analyzer.ts';
import { type Access, resourceKey, type StatementFacts, type TempRelation } from '../../../../policy/access/facts.ts';
import { loadParser } from '../../../../policy/access/parse.ts';
import { loadCatalog } from '../../../../policy/catalog/load.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { connectQuery } from '../../../support/query-fn.ts';

/** Tables that every test of bodies uses; functions are each test's own. */
const TABLES = `
CREATE SCHEMA hr; CREATE SCHEMA finance;
CREATE TABLE customers (id int PRIMARY KEY, name text, ssn text, country text);
CREATE TABLE orders (id int, customer_id int, note text);
CREATE TABLE audit (who text, what text);
CREATE TABLE finance.customers (id int, ssn text);
`;

export type Session = { readonly searchPath?: readonly string[]; readonly temps?: readonly TempRelation[] };

export type BodiesWorld = {
  readonly database: TestDatabase;
  readonly statement: (text: string, session?: Session) => StatementFacts;
  /** `select public.customers.ssn output via function`, sorted. */
  readonly lines: (text: string, session?: Session) => readonly string[];
  readonly refusal: (text: string, session?: Session) => AnalysisRefusal | undefined;
  readonly close: () => Promise<void>;
};

/** A real catalog: the functions as PostgreSQL stores them. */
export async function openBodiesWorld(functions: string): Promise<BodiesWorld> {
  await loadParser();
  const database = await createTestDatabase(TABLES + functions);
  const connected = await connectQuery(database);
  const prepared = prepareCatalog(await loadCatalog(connected.query, 1));
  await connected.end();
  const read = (text: string, session: Session = {}): ReturnType<typeof analyseText> => {
    const { searchPath = ['public'], temps = [] } = session;
    const key = JSON.stringify([searchPath, temps]);
    const namespace: Namespace = { searchPath, role: 'caller', tempRelations: temps, key };
    return analyseText(text, namespace, prepared, { maxNesting: 1000 });
  };
  const statement = (text: string, session?: Session): StatementFacts => {
    const reading = read(text, session);
    if (reading.kind === 'refused') throw new Error(`refused: ${reading.refusal.message}`);
    const [only, ...others] = reading.facts.statements;
    if (only === undefined || others.length > 0) throw new Error(`not one statement: ${text}`);
    return only;
  };
  return {
    database,
    statement,
    lines: (text, session) => statement(text, session).accesses.map(line).sort(),
    refusal: (text, session) => {
      const reading = read(text, session);
      return reading.kind === 'refused' ? reading.refusal : undefined;
    },
    close: async () => database.drop(),
  };
}

function line({ action, resource, usage, via }: Access): string {
  const seen = resource.kind === 'function' && resource.isSeenThrough === true ? ' seen' : '';
  const shown = usage === 'none' ? '' : ` ${usage}`;
  return `${action} ${resourceKey(resource).replace(/^function /, '')}${seen}${shown}${via === undefined ? '' : ` via ${via}`}`;
}
