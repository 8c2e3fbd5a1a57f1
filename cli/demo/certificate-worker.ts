import { parentPort } from 'node:worker_threads';
import { makeSelfSigned } from '../../proxy/auth/self-signed.ts';

/** The thread of certificate.ts: answers once. */
parentPort?.postMessage(await makeSelfSigned({ nowMs: () => Date.now() }));
