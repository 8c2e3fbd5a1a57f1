import { Command } from 'commander';
import { EXIT } from '../cli-error.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import { reloadOnSighup, runServer, stopSignal } from '../run-server.ts';

/** `stepward serve`: the proxy before an existing PostgreSQL. */
export function serveCommand(io: Io): Command {
  return new Command('serve')
    .description('run the proxy before a PostgreSQL server; SIGHUP reads policies, people and certificates again')
    .option('-c, --config <file>', 'the config; ./stepward.yaml without it')
    .action(async (options: { readonly config?: string }) => {
      const config = readConfig(configFile(options.config, io.env));
      io.outliveReader();
      const log = createLog(config);
      const stopping = stopSignal(['SIGINT', 'SIGTERM']);
      const server = await Promise.race([runServer(config, { log }), stopping]);
      // Not listening yet: there is nobody to say goodbye to.
      if (typeof server === 'string') process.exit(EXIT.interrupted);
      reloadOnSighup(server);
      const signal = await stopping;
      log.info({ signal }, 'stopping: running statements may finish');
      await server.stop();
    });
}
