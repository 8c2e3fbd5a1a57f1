import { Command } from 'commander';
import type { SessionInfo } from '../../proxy/web/control-api.ts';
import { configFile, readConfig } from '../config-file.ts';
import { controlOf, valueOf } from '../control.ts';
import type { Io } from '../io.ts';
import { dateTime, table } from '../table.ts';

type Options = { readonly config?: string; readonly json?: boolean };

/** `stepward sessions`: who is connected, and ending a connection. */
export function sessionsCommand(io: Io): Command {
  const sessions = new Command('sessions').description('list and end connections');
  sessions
    .command('list')
    .description('the open connections of the running server')
    .option('--json', 'as JSON')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (options: Options) => {
      const list = valueOf(await controlOf(readConfig(configFile(options.config, io.env))).sessions());
      io.out(options.json === true ? JSON.stringify(list, undefined, 2) : render(list));
    });
  sessions
    .command('kill')
    .description('end a connection, as pg_terminate_backend does')
    .argument('<id>', 'its id, as `sessions list` shows it')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (id: string, options: Options) => {
      io.out(valueOf(await controlOf(readConfig(configFile(options.config, io.env))).killSession(id)).message);
    });
  return sessions;
}

function render(list: readonly SessionInfo[]): string {
  if (list.length === 0) return 'no sessions';
  const rows = list.map(({ id, principal, address, application, sinceMs, state, statement }) => [
    id,
    principal,
    address,
    application,
    dateTime(sinceMs),
    state,
    oneLine(statement ?? ''),
  ]);
  return table(['id', 'person', 'address', 'application', 'since', 'state', 'statement'], rows);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
