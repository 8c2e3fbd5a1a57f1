import { createServer } from 'node:net';
import { DemoError } from './demo-error.ts';

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  return listenBriefly(0);
}

/**
 * Says it before seconds are spent on starting a database.
 * @param option the command-line option with which another port is chosen
 * @throws DemoError when the port is taken or may not be used
 */
export async function requireFree(port: number, option: string): Promise<void> {
  try {
    await listenBriefly(port);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const reason = why === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${why})`;
    throw new DemoError(`port ${port} of 127.0.0.1 ${reason}: choose another one with ${option}`);
  }
}

async function listenBriefly(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
