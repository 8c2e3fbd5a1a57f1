import { Command } from 'commander';
import type { CarriedTagInfo } from '../../proxy/web/control-api.ts';
import { configFile, readConfig } from '../config-file.ts';
import { controlOf, valueOf } from '../control.ts';
import type { Io } from '../io.ts';
import { dateTime, table } from '../table.ts';

type Options = { readonly config?: string; readonly tag?: string; readonly json?: boolean };

/** `stepward tags`: the tags that columns carry since data was copied into them. */
export function tagsCommand(io: Io): Command {
  const tags = new Command('tags').description(
    'list and drop the tags that columns carry since data was copied into them',
  );
  tags
    .command('list')
    .description('the tags that were carried over, from where, and whose statement it was')
    .option('--json', 'as JSON')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (options: Options) => {
      const list = valueOf(await controlOf(readConfig(configFile(options.config, io.env))).carriedTags());
      io.out(options.json === true ? JSON.stringify(list, undefined, 2) : render(list));
    });
  tags
    .command('drop')
    .description('forget what a column carries: its data is gone, or the tags of the config say it now')
    .argument('<column>', 'schema.table.column, or schema.table, as `tags list` shows it')
    .option('--tag <tag>', 'only this one')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (column: string, options: Options) => {
      const control = controlOf(readConfig(configFile(options.config, io.env)));
      io.out(valueOf(await control.dropCarriedTags(column, options.tag)).message);
    });
  return tags;
}

function render(list: readonly CarriedTagInfo[]): string {
  if (list.length === 0) return 'no tags were carried over';
  const rows = list.map(({ target, tag, sources, person, sinceMs }) => [
    target,
    tag,
    sources.join(', '),
    person,
    dateTime(sinceMs),
  ]);
  return table(['column', 'tag', 'from', 'by', 'since'], rows);
}
