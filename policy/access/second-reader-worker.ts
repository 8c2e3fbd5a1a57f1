import { parentPort } from 'node:worker_threads';
import { readTables } from './second-reader.ts';

/** The thread of the second reader: texts come in, names of tables go out. It may hang; then it is replaced. */
const WARM_UP = [
  'SELECT a.b FROM s.t AS a JOIN u ON a.c = u.c WHERE a.d IN (1, 2) ORDER BY 1 LIMIT 3',
  "INSERT INTO t (a) VALUES ('x')",
];

// The first parse of its grammar takes longer than its deadline allows.
for (const text of WARM_UP) readTables(text);

parentPort?.on('message', (text: string) => parentPort?.postMessage({ tables: readTables(text) }));
parentPort?.postMessage('ready');
