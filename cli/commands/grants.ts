import { Command } from 'commander';
import type { GrantInfo } from '../../proxy/web/control-api.ts';
import { configFile, readConfig } from '../config-file.ts';
import { controlOf, valueOf } from '../control.ts';
import type { Io } from '../io.ts';
import { dateTime, table } from '../table.ts';

type Options = { readonly config?: string; readonly all?: boolean; readonly json?: boolean };

/** `stepward grants`: what people have proved lately, and taking it back. */
export function grantsCommand(io: Io): Command {
  const grants = new Command('grants').description('list and revoke what confirmations have opened');
  grants
    .command('list')
    .description('the live grants of the running server')
    .option('--all', 'ended ones too')
    .option('--json', 'as JSON')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (options: Options) => {
      const list = valueOf(await controlOf(readConfig(configFile(options.config, io.env))).grants(options.all));
      io.out(options.json === true ? JSON.stringify(list, undefined, 2) : render(list));
    });
  grants
    .command('revoke')
    .description('end a grant at once: what runs under it is stopped')
    .argument('<id>', 'its id, as `grants list` shows it')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (id: string, options: Options) => {
      io.out(valueOf(await controlOf(readConfig(configFile(options.config, io.env))).revokeGrant(id)).message);
    });
  return grants;
}

function render(list: readonly GrantInfo[]): string {
  if (list.length === 0) return 'no grants';
  const rows = list.map((grant) => [
    grant.id,
    grant.person,
    grant.address,
    grant.revokedAtMs === undefined ? dateTime(grant.expiresAtMs) : `revoked ${dateTime(grant.revokedAtMs)}`,
    grant.resources.join(', '),
  ]);
  return table(['id', 'person', 'address', 'until', 'covers'], rows);
}
