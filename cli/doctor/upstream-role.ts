import type { QueryFn } from '../../policy/catalog/catalog.ts';
import type { Finding } from './examine.ts';

type Check = {
  /** Gives one row for each thing that is too much; none when all is well. */
  readonly sql: string;
  readonly bad: (found: string) => string;
  readonly todo: string;
};

const MEMBER = (role: string): string =>
  `SELECT '${role}' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') AND pg_has_role(current_user, '${role}', 'member')`;

/** The second lock: where the analysis is wrong, the rights of the upstream role are what is left. */
const CHECKS: readonly Check[] = [
  {
    sql: 'SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolsuper',
    bad: () => 'is a superuser: it reads files, runs programs and skips every privilege',
    todo: 'log in as a role made for stepward: CREATE ROLE stepward_app LOGIN PASSWORD ...',
  },
  {
    sql: 'SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolbypassrls',
    bad: () => 'has BYPASSRLS: row-level security does not bind it',
    todo: 'ALTER ROLE ... NOBYPASSRLS',
  },
  {
    sql: 'SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolcreaterole',
    bad: () => 'has CREATEROLE: it can give itself more',
    todo: 'ALTER ROLE ... NOCREATEROLE',
  },
  {
    sql: 'SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolcreatedb',
    bad: () => 'has CREATEDB: it can own databases',
    todo: 'ALTER ROLE ... NOCREATEDB',
  },
  {
    sql: 'SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolreplication',
    bad: () => 'has REPLICATION: it can copy the whole cluster',
    todo: 'ALTER ROLE ... NOREPLICATION',
  },
  {
    sql:
      "SELECT count(*) || ' (such as ' || min(c.oid::regclass::text) || ')' FROM pg_class c " +
      "WHERE pg_has_role(current_user, c.relowner, 'usage') AND c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') " +
      'HAVING count(*) > 0',
    bad: (found) => `owns tables or views: ${found}; an owner can change and grant them`,
    todo: 'let another role own them and GRANT what stepward may ever use',
  },
  {
    sql: "SELECT n.nspname FROM pg_namespace n WHERE has_schema_privilege(n.oid, 'create') AND n.nspname !~ '^pg_(temp|toast)'",
    bad: (found) => `may create objects in schema ${found}: functions and views hide what they read`,
    todo: 'REVOKE CREATE ON SCHEMA ... FROM it (and from PUBLIC)',
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
  const findings: Finding[] = [];
  for (const { sql, bad, todo } of CHECKS) {
    const rows = await query(sql);
    findings.push(
      ...rows.map(([found]): Finding => ({ state: 'bad', what: `upstream role ${user} ${bad(found ?? '')}`, todo })),
    );
  }
  if (findings.length > 0) return findings;
  return [
    {
      state: 'good',
      what: `upstream role ${user} is no superuser, owns nothing and has no right over files, programs or roles`,
    },
  ];
}
