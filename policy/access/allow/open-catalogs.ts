/**
 * user: data of the database's own. catalogOpen: structure, which anyone may read. catalogGuarded: system relations that
 * show samples of values, passwords, other sessions or files; policies must permit them by name or by the tag `guarded`.
 */
export type RelationPolicy = 'user' | 'catalogOpen' | 'catalogGuarded';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** pg_catalog relations that hold structure, counters or settings (allow-list; PostgreSQL 15 to 18). */
const OPEN_PG_CATALOG: ReadonlySet<string> = new Set(
  words(`
    pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_authid
    pg_available_extension_versions pg_available_extensions pg_cast pg_class pg_collation pg_constraint pg_conversion
    pg_cursors pg_database pg_db_role_setting pg_default_acl pg_depend pg_description pg_enum pg_event_trigger
    pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_group pg_index pg_indexes pg_inherits
    pg_init_privs pg_language pg_largeobject_metadata pg_locks pg_matviews pg_namespace pg_opclass pg_operator
    pg_opfamily pg_parameter_acl pg_partitioned_table pg_policies pg_policy pg_prepared_statements pg_prepared_xacts
    pg_proc pg_publication pg_publication_namespace pg_publication_rel pg_publication_tables pg_range
    pg_replication_origin pg_replication_origin_status pg_replication_slots pg_rewrite pg_roles pg_rules pg_seclabel
    pg_seclabels pg_sequence pg_sequences pg_settings pg_shadow pg_shdepend pg_shdescription pg_shseclabel
    pg_stat_activity pg_stat_all_indexes pg_stat_all_tables pg_stat_archiver pg_stat_bgwriter pg_stat_checkpointer
    pg_stat_database pg_stat_database_conflicts pg_stat_gssapi pg_stat_io pg_stat_progress_analyze
    pg_stat_progress_basebackup pg_stat_progress_cluster pg_stat_progress_copy pg_stat_progress_create_index
    pg_stat_progress_vacuum pg_stat_recovery_prefetch pg_stat_replication pg_stat_replication_slots pg_stat_slru
    pg_stat_ssl pg_stat_subscription pg_stat_subscription_stats pg_stat_sys_indexes pg_stat_sys_tables
    pg_stat_user_functions pg_stat_user_indexes pg_stat_user_tables pg_stat_wal pg_stat_wal_receiver
    pg_stat_xact_all_tables pg_stat_xact_sys_tables pg_stat_xact_user_functions pg_stat_xact_user_tables
    pg_statio_all_indexes pg_statio_all_sequences pg_statio_all_tables pg_statio_sys_indexes pg_statio_sys_sequences
    pg_statio_sys_tables pg_statio_user_indexes pg_statio_user_sequences pg_statio_user_tables pg_statistic_ext pg_stats
    pg_subscription pg_subscription_rel pg_tables pg_tablespace pg_timezone_abbrevs pg_timezone_names pg_transform
    pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user pg_user_mapping
    pg_user_mappings pg_views pg_wait_events
  `),
);

/** information_schema relations that show options of servers and user mappings, among them passwords. */
const GUARDED_INFORMATION_SCHEMA: ReadonlySet<string> = new Set([
  '_pg_foreign_servers',
  '_pg_user_mappings',
  'foreign_server_options',
  'user_mapping_options',
]);

/**
 * Columns of open relations that are not structure: passwords, connection strings, other sessions' texts and addresses, and
 * of the statistics all but how wide and how often NULL a column is, which is what size and bloat reports ask for.
 */
const GUARDED_COLUMNS: ReadonlySet<string> = new Set(
  words(`
    pg_authid.rolpassword
    pg_foreign_server.srvoptions
    pg_shadow.passwd
    pg_stat_activity.client_addr pg_stat_activity.client_hostname pg_stat_activity.client_port pg_stat_activity.query
    pg_stat_gssapi.principal
    pg_stat_replication.client_addr pg_stat_replication.client_hostname pg_stat_replication.client_port
    pg_stat_ssl.client_dn pg_stat_ssl.client_serial pg_stat_ssl.issuer_dn
    pg_stats.correlation pg_stats.elem_count_histogram pg_stats.histogram_bounds pg_stats.most_common_elem_freqs
    pg_stats.most_common_elems pg_stats.most_common_freqs pg_stats.most_common_vals pg_stats.n_distinct
    pg_stats.range_bounds_histogram pg_stats.range_empty_frac pg_stats.range_length_histogram
    pg_stat_wal_receiver.conninfo pg_stat_wal_receiver.sender_host pg_stat_wal_receiver.sender_port
    pg_subscription.subconninfo
    pg_user_mapping.umoptions
    pg_user_mappings.umoptions
  `),
);

/**
 * Views of extensions that show other people's statement texts or pages of memory. They live in any schema, so they go by
 * name. All people share one upstream role, so PostgreSQL's own rule ("your role's statements only") does not separate them.
 */
const GUARDED_EVERYWHERE: ReadonlySet<string> = new Set([
  'pg_buffercache',
  'pg_qualstats',
  'pg_qualstats_all',
  'pg_stat_monitor',
  'pg_stat_statements',
  'pg_store_plans',
  'pg_wait_sampling_current',
  'pg_wait_sampling_history',
  'pg_wait_sampling_profile',
]);

/** Which of the three kinds a relation is. A system relation in no list is guarded: a newer server may have added it. */
export function catalogPolicy(schema: string, name: string): RelationPolicy {
  if (schema === 'pg_catalog') return OPEN_PG_CATALOG.has(name) ? 'catalogOpen' : 'catalogGuarded';
  if (schema === 'information_schema') return GUARDED_INFORMATION_SCHEMA.has(name) ? 'catalogGuarded' : 'catalogOpen';
  if (schema === 'pg_toast' || schema.startsWith('pg_toast_temp_')) return 'catalogGuarded';
  return GUARDED_EVERYWHERE.has(name) ? 'catalogGuarded' : 'user';
}

/** The same for one column: an open relation may have guarded columns. */
export function catalogColumnPolicy(schema: string, table: string, column: string): RelationPolicy {
  const relation = catalogPolicy(schema, table);
  return relation === 'catalogOpen' && schema === 'pg_catalog' && GUARDED_COLUMNS.has(`${table}.${column}`)
    ? 'catalogGuarded'
    : relation;
}

/** The lists themselves: for the test that compares them with pg_class. */
export function openCatalogNames(): readonly string[] {
  return [...OPEN_PG_CATALOG];
}
export function guardedColumnNames(): readonly string[] {
  return [...GUARDED_COLUMNS];
}
