/**
 * Built-in functions that are stable or volatile and were reviewed one by one: none reads rows of a table, runs SQL text,
 * opens a file, changes a setting, or reaches another session. By name, all overloads. Reviewed against PostgreSQL 18.4;
 * what is left out, and why, is in unsafe-functions.ts, and a test holds the two lists against pg_proc.
 */

/**
 * Input, output, casts and operators that depend on settings such as DateStyle or on the catalog, but read nothing
 * else.
 */
const TYPE_FUNCTIONS = `
  aclitemin aclitemout anyarray_out anyarray_send anycompatiblearray_out anycompatiblearray_send
  anycompatiblemultirange_in anycompatiblemultirange_out anycompatiblerange_in anycompatiblerange_out anyenum_out
  anymultirange_in anymultirange_out anyrange_in anyrange_out anytextcat array_out array_send bpcharsend
  brin_bloom_summary_send brin_minmax_multi_summary_send cash_in cash_out cstring_send date date_cmp_timestamptz
  date_eq_timestamptz date_ge_timestamptz date_gt_timestamptz date_in date_le_timestamptz date_lt_timestamptz
  date_ne_timestamptz date_out enum_in enum_out enum_send in_range int8pl_inet integer_pl_date interval_in
  interval_out interval_pl_date interval_pl_time interval_pl_timestamp interval_pl_timestamptz interval_pl_timetz
  money multirange_out multirange_send namesend numeric numeric_pl_pg_lsn path_contain_pt pg_dependencies_send
  pg_ndistinct_send pg_node_tree_send polygon range_out range_send record_out record_send regclass regclassin
  regclassout regcollationin regcollationout regconfigin regconfigout regdictionaryin regdictionaryout
  regnamespacein regnamespaceout regoperatorin regoperatorout regoperin regoperout regprocedurein regprocedureout
  regprocin regprocout regrolein regroleout regtypein regtypeout textanycat textsend time time_in timedate_pl
  timestamp timestamp_cmp_timestamptz timestamp_eq_timestamptz timestamp_ge_timestamptz timestamp_gt_timestamptz
  timestamp_in timestamp_le_timestamptz timestamp_lt_timestamptz timestamp_ne_timestamptz timestamp_out timestamptz
  timestamptz_cmp_date timestamptz_cmp_timestamp timestamptz_eq_date timestamptz_eq_timestamp timestamptz_ge_date
  timestamptz_ge_timestamp timestamptz_gt_date timestamptz_gt_timestamp timestamptz_in timestamptz_le_date
  timestamptz_le_timestamp timestamptz_lt_date timestamptz_lt_timestamp timestamptz_mi_interval timestamptz_ne_date
  timestamptz_ne_timestamp timestamptz_out timestamptz_pl_interval timetz timetz_in timetzdate_pl ts_match_tq
  ts_match_tt varcharsend xml xml_in xml_send
`;

/** Who may do what: answers about grants, never about rows. */
const PRIVILEGES = `
  aclexplode has_any_column_privilege has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege
  has_function_privilege has_language_privilege has_largeobject_privilege has_parameter_privilege
  has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege has_tablespace_privilege
  has_type_privilege pg_has_role row_security_active
`;

/** Name resolution, as psql's \d and drivers use it. */
const NAMES = `
  current_schema current_schemas pg_collation_is_visible pg_conversion_is_visible pg_function_is_visible
  pg_is_other_temp_schema pg_my_temp_schema pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible
  pg_statistics_obj_is_visible pg_table_is_visible pg_ts_config_is_visible pg_ts_dict_is_visible
  pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible to_regclass to_regcollation to_regnamespace
  to_regoper to_regoperator to_regproc to_regprocedure to_regrole to_regtype to_regtypemod
`;

/** Definitions as SQL text: structure, which the open catalogs show as well. */
const DEFINITIONS = `
  col_description format_type obj_description oidvectortypes pg_available_extension_versions pg_available_extensions
  pg_basetype pg_char_to_encoding pg_collation_actual_version pg_collation_for pg_column_is_updatable
  pg_database_collation_actual_version pg_describe_object pg_encoding_to_char pg_extension_update_paths pg_get_acl
  pg_get_catalog_foreign_keys pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments
  pg_get_function_identity_arguments pg_get_function_result pg_get_function_sqlbody pg_get_functiondef
  pg_get_indexdef pg_get_keywords pg_get_object_address pg_get_partition_constraintdef pg_get_partkeydef
  pg_get_publication_tables pg_get_replica_identity_index pg_get_ruledef pg_get_sequence_data pg_get_serial_sequence
  pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef
  pg_get_userbyid pg_get_viewdef pg_get_wait_events pg_get_wal_replay_pause_state pg_identify_object
  pg_identify_object_as_address pg_index_column_has_property pg_index_has_property pg_indexam_has_property
  pg_indexes_size pg_options_to_table pg_partition_ancestors pg_partition_tree pg_relation_is_publishable
  pg_relation_is_updatable pg_sequence_last_value pg_sequence_parameters pg_settings_get_flags pg_show_all_settings
  pg_timezone_abbrevs_abbrevs pg_timezone_abbrevs_zone pg_timezone_names pg_typeof shobj_description
`;

/** Sizes and places of objects on disk: numbers and paths, no content. */
const SIZES = `
  pg_column_compression pg_column_size pg_column_toast_chunk_id pg_database_size pg_filenode_relation
  pg_relation_filenode pg_relation_filepath pg_relation_size pg_table_size pg_tablespace_databases
  pg_tablespace_location pg_tablespace_size pg_total_relation_size
`;

/** Activity counters and locks: numbers. Functions that show other sessions' texts, addresses or roles are not here. */
const COUNTERS = `
  pg_lock_status pg_stat_clear_snapshot pg_stat_get_analyze_count pg_stat_get_archiver pg_stat_get_autoanalyze_count
  pg_stat_get_autovacuum_count pg_stat_get_bgwriter_buf_written_clean pg_stat_get_bgwriter_maxwritten_clean
  pg_stat_get_bgwriter_stat_reset_time pg_stat_get_blocks_fetched pg_stat_get_blocks_hit pg_stat_get_buf_alloc
  pg_stat_get_checkpointer_buffers_written pg_stat_get_checkpointer_num_performed
  pg_stat_get_checkpointer_num_requested pg_stat_get_checkpointer_num_timed
  pg_stat_get_checkpointer_restartpoints_performed pg_stat_get_checkpointer_restartpoints_requested
  pg_stat_get_checkpointer_restartpoints_timed pg_stat_get_checkpointer_slru_written
  pg_stat_get_checkpointer_stat_reset_time pg_stat_get_checkpointer_sync_time pg_stat_get_checkpointer_write_time
  pg_stat_get_db_active_time pg_stat_get_db_blk_read_time pg_stat_get_db_blk_write_time
  pg_stat_get_db_blocks_fetched pg_stat_get_db_blocks_hit pg_stat_get_db_checksum_failures
  pg_stat_get_db_checksum_last_failure pg_stat_get_db_conflict_all pg_stat_get_db_conflict_bufferpin
  pg_stat_get_db_conflict_lock pg_stat_get_db_conflict_logicalslot pg_stat_get_db_conflict_snapshot
  pg_stat_get_db_conflict_startup_deadlock pg_stat_get_db_conflict_tablespace pg_stat_get_db_deadlocks
  pg_stat_get_db_idle_in_transaction_time pg_stat_get_db_numbackends pg_stat_get_db_parallel_workers_launched
  pg_stat_get_db_parallel_workers_to_launch pg_stat_get_db_session_time pg_stat_get_db_sessions
  pg_stat_get_db_sessions_abandoned pg_stat_get_db_sessions_fatal pg_stat_get_db_sessions_killed
  pg_stat_get_db_stat_reset_time pg_stat_get_db_temp_bytes pg_stat_get_db_temp_files pg_stat_get_db_tuples_deleted
  pg_stat_get_db_tuples_fetched pg_stat_get_db_tuples_inserted pg_stat_get_db_tuples_returned
  pg_stat_get_db_tuples_updated pg_stat_get_db_xact_commit pg_stat_get_db_xact_rollback pg_stat_get_dead_tuples
  pg_stat_get_function_calls pg_stat_get_function_self_time pg_stat_get_function_total_time
  pg_stat_get_ins_since_vacuum pg_stat_get_io pg_stat_get_last_analyze_time pg_stat_get_last_autoanalyze_time
  pg_stat_get_last_autovacuum_time pg_stat_get_last_vacuum_time pg_stat_get_lastscan pg_stat_get_live_tuples
  pg_stat_get_mod_since_analyze pg_stat_get_numscans pg_stat_get_slru pg_stat_get_snapshot_timestamp
  pg_stat_get_subscription_stats pg_stat_get_total_analyze_time pg_stat_get_total_autoanalyze_time
  pg_stat_get_total_autovacuum_time pg_stat_get_total_vacuum_time pg_stat_get_tuples_deleted
  pg_stat_get_tuples_fetched pg_stat_get_tuples_hot_updated pg_stat_get_tuples_inserted
  pg_stat_get_tuples_newpage_updated pg_stat_get_tuples_returned pg_stat_get_tuples_updated pg_stat_get_vacuum_count
  pg_stat_get_wal pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls
  pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans
  pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated
  pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned
  pg_stat_get_xact_tuples_updated pg_stat_have_stats
`;

/** About this session and this server. */
const SESSION = `
  current_database current_query current_setting current_user getdatabaseencoding getpgusername inet_client_addr
  inet_client_port inet_server_addr inet_server_port pg_backend_pid pg_client_encoding pg_conf_load_time
  pg_jit_available pg_listening_channels pg_notification_queue_usage pg_numa_available pg_postmaster_start_time
  pg_trigger_depth session_user system_user version
`;

/** Advisory locks, who waits for whom, and sleeping: they hold up nobody who did not take part. */
const WAITING = `
  pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
  pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_blocking_pids pg_safe_snapshot_blocking_pids pg_sleep
  pg_sleep_for pg_sleep_until pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
  pg_try_advisory_xact_lock_shared
`;

/** A sequence's counter. nextval is here because serial columns call it as their default; setval is not. */
const SEQUENCES = `
  currval lastval nextval
`;

/** Transaction ids and snapshots. */
const TRANSACTIONS = `
  mxid_age pg_current_snapshot pg_current_xact_id pg_current_xact_id_if_assigned pg_last_committed_xact
  pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status txid_current txid_current_if_assigned
  txid_current_snapshot txid_status
`;

/** Positions in the write-ahead log, as health checks of load balancers ask for them. */
const WAL = `
  pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_is_in_recovery pg_is_wal_replay_paused
  pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_split_walfile_name
`;

/** JSON and XML made from, or taken apart into, the values given. */
const DOCUMENTS = `
  array_to_json json_agg json_agg_strict json_build_array json_build_object json_object_agg json_object_agg_strict
  json_object_agg_unique json_object_agg_unique_strict json_populate_record json_populate_recordset json_to_record
  json_to_recordset json_to_tsvector jsonb_agg jsonb_agg_strict jsonb_build_array jsonb_build_object
  jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_array_tz jsonb_path_query_first_tz jsonb_path_query_tz
  jsonb_populate_record jsonb_populate_record_valid jsonb_populate_recordset jsonb_to_record jsonb_to_recordset
  jsonb_to_tsvector row_to_json to_json to_jsonb xml_is_well_formed xpath xpath_exists
`;

/** Full-text search over the text given. Not ts_stat and ts_rewrite: they run SQL text. */
const TEXT_SEARCH = `
  get_current_ts_config phraseto_tsquery plainto_tsquery to_tsquery to_tsvector ts_debug ts_headline ts_parse
  ts_token_type websearch_to_tsquery
`;

/** Dates and times that depend on the clock or the time zone. */
const TIME = `
  age clock_timestamp date_add date_part date_subtract date_trunc extract make_timestamptz now overlaps
  statement_timestamp timeofday timezone to_char to_date to_timestamp transaction_timestamp
`;

/** Values computed from the arguments and a setting, the catalog or chance. */
const VALUES = `
  array_sample array_shuffle array_to_string bit_length concat concat_ws convert convert_from convert_to enum_first
  enum_last enum_range format gen_random_uuid generate_series length log log10 lpad quote_literal quote_nullable
  random random_normal round rpad setseed substring to_number trunc uuidv4 uuidv7
`;

/** Built-in trigger functions: they look at the row that is written and nothing else. Callable by triggers only. */
const TRIGGERS = `
  suppress_redundant_updates_trigger tsvector_update_trigger tsvector_update_trigger_column
`;

/** Names as one list. */
export const SAFE_REVIEWED: readonly string[] = [
  TYPE_FUNCTIONS,
  PRIVILEGES,
  NAMES,
  DEFINITIONS,
  SIZES,
  COUNTERS,
  SESSION,
  WAITING,
  SEQUENCES,
  TRANSACTIONS,
  WAL,
  DOCUMENTS,
  TEXT_SEARCH,
  TIME,
  VALUES,
  TRIGGERS,
].flatMap((group) => group.trim().split(/\s+/));
