/**
 * Built-in functions that are not safe, by reason. Nothing depends on this list being complete: what is in no list is not
 * safe. It names the reason in explanations, and shows that every name of pg_proc was looked at (a test compares).
 * Functions with an argument or result of type internal, trigger or event_trigger cannot be called and are in no list.
 */
const UNSAFE = {
  /** Runs SQL text, or reads a table that a string names: the statement that we judge is not the one that reads. */
  runsSqlText: `
    cursor_to_xml cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema database_to_xmlschema
    query_to_xml query_to_xml_and_xmlschema query_to_xmlschema schema_to_xml schema_to_xml_and_xmlschema
    schema_to_xmlschema table_to_xml table_to_xml_and_xmlschema table_to_xmlschema ts_rewrite ts_stat
  `,
  /** Calls a type's input function by oid or by name, and with it the functions in a domain's CHECK. */
  runsUserCode: `
    array_in domain_in multirange_in pg_input_error_info pg_input_is_valid range_in record_in
  `,
  /** Reads a table that a string names. */
  readsTables: `
    currtid2
  `,
  /** Takes apart samples of column values (most common values). */
  readsStatistics: `
    pg_mcv_list_in pg_mcv_list_items pg_mcv_list_out pg_mcv_list_send
  `,
  /** Large objects: data outside of tables. */
  largeObjects: `
    lo_close lo_creat lo_create lo_export lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open lo_put
    lo_tell lo_tell64 lo_truncate lo_truncate64 lo_unlink loread lowrite
  `,
  /** Files and folders of the server, or their parsed content. */
  readsFiles: `
    pg_config pg_current_logfile pg_get_loaded_modules pg_hba_file_rules pg_ident_file_mappings
    pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir
    pg_ls_summariesdir pg_ls_tmpdir pg_ls_waldir pg_read_binary_file pg_read_file pg_show_all_file_settings
    pg_stat_file
  `,
  /** Other sessions: their texts, addresses, roles; ends or disturbs them. Or texts kept in this one's prepared statements. */
  otherSessions: `
    pg_cancel_backend pg_cursor pg_get_aios pg_isolation_test_session_is_blocked pg_log_backend_memory_contexts
    pg_prepared_statement pg_prepared_xact pg_stat_get_activity pg_stat_get_backend_activity
    pg_stat_get_backend_activity_start pg_stat_get_backend_client_addr pg_stat_get_backend_client_port
    pg_stat_get_backend_dbid pg_stat_get_backend_idset pg_stat_get_backend_io pg_stat_get_backend_pid
    pg_stat_get_backend_start pg_stat_get_backend_subxact pg_stat_get_backend_userid
    pg_stat_get_backend_wait_event pg_stat_get_backend_wait_event_type pg_stat_get_backend_wal
    pg_stat_get_backend_xact_start pg_stat_get_progress_info pg_stat_get_subscription pg_stat_get_wal_receiver
    pg_stat_get_wal_senders pg_terminate_backend
  `,
  /** Changes a setting by name: judged as SET where the name is a literal. */
  writesSettings: `
    set_config
  `,
  /** Writes: sequences, catalogs, planner statistics. */
  writesData: `
    binary_upgrade_add_sub_rel_state binary_upgrade_create_empty_extension
    binary_upgrade_logical_slot_has_caught_up binary_upgrade_replorigin_advance binary_upgrade_set_missing_value
    binary_upgrade_set_next_array_pg_type_oid binary_upgrade_set_next_heap_pg_class_oid
    binary_upgrade_set_next_heap_relfilenode binary_upgrade_set_next_index_pg_class_oid
    binary_upgrade_set_next_index_relfilenode binary_upgrade_set_next_multirange_array_pg_type_oid
    binary_upgrade_set_next_multirange_pg_type_oid binary_upgrade_set_next_pg_authid_oid
    binary_upgrade_set_next_pg_enum_oid binary_upgrade_set_next_pg_tablespace_oid
    binary_upgrade_set_next_pg_type_oid binary_upgrade_set_next_toast_pg_class_oid
    binary_upgrade_set_next_toast_relfilenode binary_upgrade_set_record_init_privs pg_clear_attribute_stats
    pg_clear_relation_stats pg_extension_config_dump pg_import_system_collations pg_nextoid
    pg_restore_attribute_stats pg_restore_relation_stats pg_stop_making_pinned_objects setval
  `,
  /** Sends a notification: judged as NOTIFY where the channel is a literal. */
  notifies: `
    pg_notify
  `,
  /** Index maintenance. */
  maintains: `
    brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list
  `,
  /** Replication slots, origins and logical decoding (which reads every table from the log). */
  replicates: `
    pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
    pg_create_physical_replication_slot pg_drop_replication_slot pg_get_replication_slots pg_logical_emit_message
    pg_logical_slot_get_binary_changes pg_logical_slot_get_changes pg_logical_slot_peek_binary_changes
    pg_logical_slot_peek_changes pg_replication_origin_advance pg_replication_origin_create
    pg_replication_origin_drop pg_replication_origin_oid pg_replication_origin_progress
    pg_replication_origin_session_is_setup pg_replication_origin_session_progress
    pg_replication_origin_session_reset pg_replication_origin_session_setup pg_replication_origin_xact_reset
    pg_replication_origin_xact_setup pg_replication_slot_advance pg_show_replication_origin_status
    pg_stat_get_replication_slot pg_sync_replication_slots
  `,
  /** Backup, restart points, log rotation, statistics resets: the whole server. */
  controlsServer: `
    pg_backup_start pg_backup_stop pg_create_restore_point pg_export_snapshot pg_log_standby_snapshot pg_promote
    pg_reload_conf pg_rotate_logfile pg_stat_force_next_flush pg_stat_reset pg_stat_reset_backend_stats
    pg_stat_reset_replication_slot pg_stat_reset_shared pg_stat_reset_single_function_counters
    pg_stat_reset_single_table_counters pg_stat_reset_slru pg_stat_reset_subscription_stats pg_switch_wal
    pg_wal_replay_pause pg_wal_replay_resume
  `,
  /** Memory, control file, log summaries, validators, event triggers: nothing that a client needs. */
  serverInternals: `
    amvalidate fmgr_c_validator fmgr_internal_validator fmgr_sql_validator pg_available_wal_summaries
    pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system pg_event_trigger_ddl_commands
    pg_event_trigger_dropped_objects pg_event_trigger_table_rewrite_oid pg_event_trigger_table_rewrite_reason
    pg_get_backend_memory_contexts pg_get_multixact_members pg_get_shmem_allocations pg_get_shmem_allocations_numa
    pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_stat_get_recovery_prefetch pg_wal_summary_contents
    plpgsql_validator
  `,
} as const;

export type UnsafeReason = keyof typeof UNSAFE;

const REASONS: ReadonlyMap<string, UnsafeReason> = new Map(
  namesByReason().flatMap(([reason, names]) => names.map((name): [string, UnsafeReason] => [name, reason])),
);

/** Why a built-in (schema pg_catalog) is not safe; undefined for those that are, and for names we do not know. */
export function unsafeReason(name: string): UnsafeReason | undefined {
  return REASONS.get(name);
}

/** All reviewed names: for the test that compares with pg_proc. */
export function unsafeFunctionNames(): readonly string[] {
  return [...REASONS.keys()];
}

function namesByReason(): readonly (readonly [UnsafeReason, readonly string[]])[] {
  const words = (text: string): readonly string[] => text.trim().split(/\s+/);
  return [
    ['runsSqlText', words(UNSAFE.runsSqlText)],
    ['runsUserCode', words(UNSAFE.runsUserCode)],
    ['readsTables', words(UNSAFE.readsTables)],
    ['readsStatistics', words(UNSAFE.readsStatistics)],
    ['largeObjects', words(UNSAFE.largeObjects)],
    ['readsFiles', words(UNSAFE.readsFiles)],
    ['otherSessions', words(UNSAFE.otherSessions)],
    ['writesSettings', words(UNSAFE.writesSettings)],
    ['writesData', words(UNSAFE.writesData)],
    ['notifies', words(UNSAFE.notifies)],
    ['maintains', words(UNSAFE.maintains)],
    ['replicates', words(UNSAFE.replicates)],
    ['controlsServer', words(UNSAFE.controlsServer)],
    ['serverInternals', words(UNSAFE.serverInternals)],
  ];
}
