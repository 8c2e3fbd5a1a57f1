import { openAuditStore } from '../../../proxy/audit/store.ts';
import { completion, decision } from './entries.ts';

/** Child process of sigkill.test.ts: appends without end and prints each id that was acknowledged, and nothing before. */
const [path = ''] = process.argv.slice(2);
const store = openAuditStore({
  path,
  durability: 'process',
  nowMs: () => Date.now(),
  log: { info: () => undefined, error: (_fields, message) => process.stderr.write(`${message}\n`) },
});

async function appendForever(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = await store.append(decision({ text: `select ${worker}, ${i % 50}`, facts: undefined }));
    process.stdout.write(`${id}\n`);
    await store.append(completion(id));
  }
}

await Promise.all([0, 1, 2, 3].map(appendForever));
