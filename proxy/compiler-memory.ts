import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's optimising compilers small, for this process and the worker threads that it starts afterwards.
 *
 * Measured: the first few hundred new statements make V8 recompile hot functions of the parsers (libpg-query's WASM,
 * the generated grammar of node-sql-parser), and the compiler's scratch memory takes the process from 230 to 780 MiB.
 * With the baseline code alone it stays near 230 MiB; an analysis takes no longer, and the hot path runs neither.
 */
export function limitCompilerMemory(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}

const FLAGS = [
  '--no-wasm-dynamic-tiering',
  '--no-wasm-tier-up',
  // In bytes of bytecode: the functions of a generated grammar are longer, those that people write are not.
  '--max-optimized-bytecode-size=8192',
  // Of threads that are started later: less garbage is waited for before it is collected.
  '--max-semi-space-size=2',
] as const;
