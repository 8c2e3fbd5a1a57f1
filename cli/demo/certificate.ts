import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { SelfSigned } from '../../proxy/auth/self-signed.ts';

const selfSigned = z.object({ key: z.string(), cert: z.string() });

/** As `makeSelfSigned`, in a thread that ends: the libraries that it takes are as large as the proxy's own code. */
export async function makeCertificate(): Promise<SelfSigned> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./certificate-worker.${extension}`, import.meta.url));
  const [answer] = await once(worker, 'message');
  return selfSigned.parse(answer);
}
