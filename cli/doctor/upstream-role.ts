import type { QueryFn } from '../../policy/catalog/catalog.ts';
import type { Finding } from './examine.ts';

type Check = {
  /** Gives one row for each thing that is too much; none when all is well. */
  readonly sql: string;
  readonly bad: (found: string, isSelf: boolean) => string;
  readonly todo: string;
};

const MEMBER = (role: string): string =>
  `SELECT '${role}' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') AND pg_has_role(current_user, '${role}', 'member')`;

/** Attributes of roles are not inherited, but SET ROLE brings them: every role that it may become counts. */
function attribute(column: string, has: string, todo: string): Check {
  return {
    sql:
      `SELECT rolname, rolname = current_user FROM pg_roles WHERE pg_has_role(current_user, oid, 'member') AND ${column}` +
      ' ORDER BY 2 DESC, 1 LIMIT 1',
    bad: (found, isSelf) => (isSelf ? has : `may become ${found}, which ${has}`),
    todo,
  };
}

/** Looked at first, and alone: everything else follows from it. */
const SUPERUSER = attribute(
  'rolsuper',
  'is a superuser: it reads files, runs programs and skips every privilege',
  'log in as a role made for stepward: CREATE ROLE stepward_app LOGIN PASSWORD ...',
);

/** The second lock: where the analysis is wrong, the rights of the upstream role are what is left. */
const CHECKS: readonly Check[] = [
  attribute('rolbypassrls', 'has BYPASSRLS: row-level security does not bind it', 'ALTER ROLE ... NOBYPASSRLS'),
  attribute('rolcreaterole', 'has CREATEROLE: it can give itself more', 'ALTER ROLE ... NOCREATEROLE'),
  attribute('rolcreatedb', 'has CREATEDB: it can own databases', 'ALTER ROLE ... NOCREATEDB'),
  attribute('rolreplication', 'has REPLICATION: it can copy the whole cluster', 'ALTER ROLE ... NOREPLICATION'),
  {
    sql:
      "SELECT count(*) || ' (such as ' || min(c.oid::regclass::text) || ')' FROM pg_class c " +
      "WHERE pg_has_role(current_user, c.relowner, 'member') AND c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') " +
      'HAVING count(*) > 0',
    bad: (found) => `owns tables or views: ${found}; an owner can change and grant them`,
    todo: 'let another role own them and GRANT what stepward may ever use',
  },
  {
    sql: "SELECT n.nspname FROM pg_namespace n WHERE has_schema_privilege(n.oid, 'create') AND n.nspname !~ '^pg_(temp|toast)'",
    bad: (found) => `may create objects in schema ${found}: functions and views hide what they read`,
    todo: 'REVOKE CREATE ON SCHEMA ... FROM it (and from PUBLIC)',
  },
  {
    sql: "SELECT datname FROM pg_database WHERE datname = current_database() AND has_database_privilege(oid, 'create')",
    bad: (found) => `may create schemas in database ${found}, and so everything in them`,
    todo: 'REVOKE CREATE ON DATABASE ... FROM it; let another role own the database',
  },
  ...[
    'pg_read_server_files',
    'pg_write_server_files',
    'pg_execute_server_program',
    'pg_read_all_data',
    'pg_write_all_data',
  ].map(
    (role): Check => ({
      sql: MEMBER(role),
      bad: (found) => `is a member of ${found}`,
      todo: `REVOKE ${role} FROM it`,
    }),
  ),
];

/** What the upstream role has that no proxied statement should need. */
export async function examineRole(query: QueryFn, user: string): Promise<readonly Finding[]> {
  const superuser = await findingsOf(SUPERUSER, query, user);
  if (superuser.length > 0) return superuser;
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(...(await findingsOf(check, query, user)));
  if (findings.length > 0) return findings;
  return [
    {
      state: 'good',
      what: `upstream role ${user} is no superuser, owns nothing and has no right over files, programs or roles`,
    },
  ];
}

async function findingsOf({ sql, bad, todo }: Check, query: QueryFn, user: string): Promise<readonly Finding[]> {
  const rows = await query(sql);
  return rows.map(([found, isSelf]): Finding => {
    const what = `upstream role ${user} ${bad(found ?? '', isSelf === 't')}`;
    return { state: 'bad', what, todo };
  });
}
