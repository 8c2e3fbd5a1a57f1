/**
 * What setting a parameter means for stepward.
 * client: harmless with any value. literals: harmless with these values (lower case), unsound with others.
 * namespace: changes what names mean; followed by the session. unsound: would change how text is read, refused outright.
 * guarded: everything else, known or not; policies must permit it.
 */
export type SettingRule = 'client' | 'namespace' | 'unsound' | 'guarded' | { readonly literals: readonly string[] };

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Formats, time-outs, planner and memory settings of one's own session. None changes which rows or columns a statement may
 * read. row_security only turns filtered rows into an error.
 */
const CLIENT: ReadonlySet<string> = new Set(
  words(`
    application_name array_nulls bytea_output check_function_bodies client_connection_check_interval
    constraint_exclusion cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost cursor_tuple_fraction datestyle
    default_statistics_target default_table_access_method default_tablespace default_text_search_config
    default_toast_compression default_transaction_deferrable default_transaction_isolation
    default_transaction_read_only effective_cache_size effective_io_concurrency
    enable_async_append enable_bitmapscan enable_distinct_reordering enable_gathermerge enable_group_by_reordering
    enable_hashagg enable_hashjoin enable_incremental_sort enable_indexonlyscan enable_indexscan enable_material
    enable_memoize enable_mergejoin enable_nestloop enable_parallel_append enable_parallel_hash
    enable_partition_pruning enable_partitionwise_aggregate enable_partitionwise_join enable_presorted_aggregate
    enable_self_join_elimination enable_seqscan enable_sort enable_tidscan
    escape_string_warning exit_on_error extra_float_digits from_collapse_limit
    geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
    gin_fuzzy_search_limit hash_mem_multiplier idle_in_transaction_session_timeout idle_session_timeout intervalstyle
    io_combine_limit jit jit_above_cost jit_expressions jit_inline_above_cost jit_optimize_above_cost
    jit_tuple_deforming join_collapse_limit lc_monetary lc_numeric lc_time lock_timeout maintenance_io_concurrency
    maintenance_work_mem max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather
    min_parallel_index_scan_size min_parallel_table_scan_size parallel_leader_participation parallel_setup_cost
    parallel_tuple_cost plan_cache_mode quote_all_identifiers random_page_cost recursive_worktable_factor
    restrict_nonsystem_relation_kind row_security seed seq_page_cost ssl_renegotiation_limit statement_timeout
    stats_fetch_consistency
    synchronize_seqscans synchronous_commit tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval
    tcp_user_timeout temp_buffers temp_tablespaces timezone timezone_abbreviations transaction_deferrable
    transaction_isolation transaction_read_only transaction_timeout transform_null_equals vacuum_cost_delay
    vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit vacuum_cost_page_miss work_mem xmlbinary xmloption
    pg_trgm.similarity_threshold pg_trgm.strict_word_similarity_threshold pg_trgm.word_similarity_threshold
    hnsw.ef_search hnsw.iterative_scan hnsw.max_scan_tuples ivfflat.iterative_scan ivfflat.max_probes ivfflat.probes
  `),
);

const UNSOUND: ReadonlySet<string> = new Set(['server_encoding']);

const LITERALS: ReadonlyMap<string, readonly string[]> = new Map([
  // With `off`, a backslash in '...' escapes: PostgreSQL would read another text than the parser did.
  ['standard_conforming_strings', ['on', 'true', 'yes', '1', 't', 'y', 'tru', 'tr', 'ye']],
  // Where a multibyte character can end in a backslash byte (SJIS, BIG5, GBK...), strings end elsewhere.
  ['client_encoding', ['utf8', 'utf-8', 'unicode', 'utf_8']],
  // The value that the parser was built with; decides whether \' ends a string in E'...'.
  ['backslash_quote', ['safe_encoding']],
  // Below notice, PostgreSQL sends plans and parse trees (debug_print_*, auto_explain) to the client.
  ['client_min_messages', ['notice', 'warning', 'error']],
]);

/**
 * @param name as written; parameter names are case-insensitive. `role`, `session_authorization` and customised options
 *   (`app.tenant`, on which row-level security may depend) are guarded.
 */
export function settingRule(name: string): SettingRule {
  const folded = name.toLowerCase();
  if (folded === 'search_path') return 'namespace';
  if (CLIENT.has(folded)) return 'client';
  if (UNSOUND.has(folded)) return 'unsound';
  const literals = LITERALS.get(folded);
  return literals === undefined ? 'guarded' : { literals };
}

/**
 * Does a rule allow this value as far as reading text soundly goes? RESET and DEFAULT (undefined) give back what the
 * session was started with, which stepward chose itself.
 */
export function isSoundValue(rule: SettingRule, value: string | undefined): boolean {
  if (rule === 'unsound') return false;
  if (typeof rule === 'string' || value === undefined) return true;
  return rule.literals.includes(value.trim().toLowerCase());
}

/** Names with a rule of their own: for the test that compares them with pg_settings. */
export function ruledSettingNames(): readonly string[] {
  return ['search_path', ...CLIENT, ...UNSOUND, ...LITERALS.keys()];
}
