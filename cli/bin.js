#!/usr/bin/env node
// Checks the version before anything is loaded: under an older Node a native module crashes without a word.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`stepward needs Node.js 22.18 or newer; this is ${process.versions.node}\n`);
  process.exit(78);
}
await import('../dist/cli/main.js');
