#!/usr/bin/env node
// Checks the version before anything is loaded: under an older Node a native module crashes without a word.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`stepward needs Node.js 22.18 or newer; this is ${process.versions.node}\n`);
  process.exit(78);
}

// A server replaces its own process once: V8 and malloc take these settings at a start only. Together they are 40 MiB.
const SMALL_HEAP = ['--max-semi-space-size=1', '--optimize-for-size', '--v8-pool-size=1'];
const SMALL_MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };
const isServer = /^(serve|demo)$/.test(process.argv[2] ?? '');
const isWanted = process.env.STEPWARD_SMALL_HEAP !== '0' && process.platform !== 'win32';
if (isServer && isWanted && !process.execArgv.includes(SMALL_HEAP[0])) {
  const args = [process.execPath, ...SMALL_HEAP, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...SMALL_MALLOC, ...process.env });
}

await import('../dist/cli/main.js');
