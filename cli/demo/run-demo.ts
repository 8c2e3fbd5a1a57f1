import { accessSync, chmodSync, constants, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { controlSocketPath } from '../../proxy/data-dir.ts';
import { createControlClient } from '../../proxy/web/control-client.ts';
import { EXIT } from '../cli-error.ts';
import { isFoundByItself, readConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import { runServer, stopSignal } from '../run-server.ts';
import { DemoError } from './demo-error.ts';
import { writeDemoFiles } from './files.ts';
import { fillDatabase } from './fill-database.ts';
import { requireFree } from './free-port.ts';
import { startDemoPostgres } from './postgres.ts';
import { demoSecretsAt, secretsFile } from './secrets.ts';
import { welcome } from './welcome.ts';

export type DemoOptions = { readonly folder: string; readonly port: number; readonly webPort: number };

/**
 * Everything at once, until a signal ends it.
 * @throws DemoError when the surroundings do not allow it
 */
export async function runDemo(options: DemoOptions, io: Io): Promise<void> {
  io.outliveReader();
  const folder = prepareFolder(options.folder);
  await refuseSecond(folder);
  await requireFree(options.port, '--port');
  await requireFree(options.webPort, '--web-port');
  const stopping = stopSignal(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const started = await Promise.race([startDemo(folder, options, io), stopping]);
  // Half-made things are made again by the next start; a PostgreSQL that runs already ends with this process.
  if (typeof started === 'string') process.exit(EXIT.interrupted);
  await stopping;
  io.out('\nstopping');
  await started.stop();
}

async function startDemo(folder: string, options: DemoOptions, io: Io): Promise<{ stop(): Promise<void> }> {
  const secrets = demoSecretsAt(secretsFile(folder));
  const progress = (step: string): void => io.out(`- ${step}`);
  const startedMs = performance.now();
  const dataDir = join(folder, 'postgres');
  const postgres = await startDemoPostgres({ dataDir, superuserPassword: secrets.superuserPassword, progress });
  try {
    await fillDatabase(postgres, secrets, progress);
    progress('starting stepward');
    const { port: listenPort, webPort } = options;
    const file = await writeDemoFiles({ folder, upstreamPort: postgres.port, listenPort, webPort, secrets });
    const command = commandName(io);
    const server = await runServer(readConfig(file), {
      log: createLog(readConfig(file), join(folder, 'stepward.log')),
      command,
    });
    progress(`ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    const place = { folder, dataDir: postgres.dataDir, config: isFoundByItself(file) ? undefined : file };
    const ports = { listenPort: server.port, webPort: server.webPort };
    io.out(welcome({ secrets, ...ports, ...place, command, columns: io.columns, isTty: io.isTty }));
    return {
      stop: async () => {
        await server.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** As root, PostgreSQL runs as a user of its own, who must be able to enter; what is secret in here has its own mode. */
function prepareFolder(path: string): string {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o711);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DemoError(`the demo cannot write in ${folder}: choose another folder with --folder (${why})`);
  }
  return folder;
}

/** A second start would stop the first one's database, which looks like a leftover to it. */
async function refuseSecond(folder: string): Promise<void> {
  const socketPath = controlSocketPath(join(folder, 'data'));
  const status = await createControlClient({ socketPath, user: 'demo' }).status();
  if (status.ok) throw new DemoError(`the demo of ${folder} is running already, as process ${status.value.pid}`);
}

/** npm sets it for every script, which is how commands are typed in a checkout; npx sets it too. */
function commandName(io: Io): string {
  const script = io.env['npm_lifecycle_event'];
  if (script === undefined) return 'stepward';
  return script === 'npx' ? 'npx stepward' : 'npm run stepward --';
}
