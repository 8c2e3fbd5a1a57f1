/**
 * What kind of thing a guarded system relation or column shows, so that policies can open one kind and not the others:
 * values: samples of rows, whoever they belong to. statements: what others run, and from where. credentials: passwords and
 * connection strings. server: files, memory and build of the server.
 */
export const GUARDED_CLASSES = [
  'guarded-values',
  'guarded-statements',
  'guarded-credentials',
  'guarded-server',
] as const;
export type GuardedClass = (typeof GUARDED_CLASSES)[number];

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Relations, or `relation.column`, of pg_catalog and information_schema; of extensions in whatever schema. */
const CLASSES: ReadonlyMap<string, GuardedClass> = new Map([
  ...all(
    'guarded-values',
    `pg_largeobject pg_statistic pg_statistic_ext_data pg_stats pg_stats_ext pg_stats_ext_exprs pg_buffercache
    pg_qualstats pg_qualstats_all`,
  ),
  ...all(
    'guarded-statements',
    `pg_stat_activity pg_stat_gssapi pg_stat_replication pg_stat_ssl pg_stat_monitor pg_stat_statements pg_store_plans
    pg_wait_sampling_current pg_wait_sampling_history pg_wait_sampling_profile`,
  ),
  ...all(
    'guarded-credentials',
    `pg_authid pg_foreign_server pg_shadow pg_stat_wal_receiver pg_subscription pg_user_mapping pg_user_mappings
    _pg_foreign_servers _pg_user_mappings foreign_server_options user_mapping_options`,
  ),
  ...all(
    'guarded-server',
    `pg_aios pg_backend_memory_contexts pg_config pg_file_settings pg_hba_file_rules pg_ident_file_mappings
    pg_shmem_allocations pg_shmem_allocations_numa`,
  ),
]);

function all(kind: GuardedClass, names: string): readonly (readonly [string, GuardedClass])[] {
  return words(names).map((name) => [name, kind]);
}

/**
 * @param schema, table of a relation or column that is guarded
 * @returns undefined for what a newer server may have added: it is guarded, and nobody knows as what
 */
export function guardedClass(schema: string, table: string): GuardedClass | undefined {
  // TOAST tables hold the long values of others' rows.
  return schema.startsWith('pg_toast') ? 'guarded-values' : CLASSES.get(table);
}
