import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import type { Head } from '../../proxy/audit/chain.ts';
import { AuditOpenError } from '../../proxy/audit/open-error.ts';
import type { AuditReader } from '../../proxy/audit/read.ts';
import { openAuditReader } from '../../proxy/audit/read.ts';
import type { AuditRecord } from '../../proxy/audit/record.ts';
import { auditPath } from '../../proxy/data-dir.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import { explainDecision } from '../render/audit-explain.ts';
import { auditJson } from '../render/audit-json.ts';
import { auditLine } from '../render/audit-line.ts';
import { showRecord } from '../render/audit-show.ts';
import { styleFor } from '../render/style.ts';
import { followAudit } from './audit-follow.ts';
import type { Common, FilterOptions } from './audit-options.ts';
import { anchor, filterOf, positiveInteger, rowId, withFilters } from './audit-options.ts';

export type AuditCommandDeps = {
  readonly nowMs: () => number;
  /** Between two looks of `tail -f`. */
  readonly pause: () => Promise<void>;
  /** Ends `tail -f`; without it, only Ctrl-C does. */
  readonly isStopped: () => boolean;
};

const realDeps: AuditCommandDeps = {
  nowMs: () => Date.now(),
  pause: () => wait(250),
  isStopped: () => false,
};

type TailOptions = FilterOptions & { readonly follow?: boolean; readonly lines: number; readonly before?: number };

/** `stepward audit`: reads the store, also while a server writes it and when none runs. */
export function auditCommand(io: Io, deps: AuditCommandDeps = realDeps): Command {
  const audit = new Command('audit').description('what was decided, for whom and why');
  audit.addCommand(tailCommand(io, deps));
  audit.addCommand(oneRow('show', 'everything that a row holds', io, showOne));
  audit.addCommand(oneRow('explain', 'why a statement was allowed, refused or held', io, explainOne));
  audit.addCommand(verifyCommand(io));
  audit.addCommand(exportCommand(io, deps));
  return audit;
}

function tailCommand(io: Io, deps: AuditCommandDeps): Command {
  return withFilters(new Command('tail').description('the latest rows, oldest first'))
    .option('-n, --lines <count>', 'how many', positiveInteger, 20)
    .option('-f, --follow', 'go on with new rows as they come')
    .option('--before <id>', 'only rows before this one: the page above', rowId)
    .action(async (options: TailOptions) => {
      const reader = openStore(options, io);
      try {
        const filter = {
          ...filterOf(options, deps.nowMs()),
          ...(options.before !== undefined && { beforeId: options.before }),
        };
        const print = printer(options, io);
        const afterId = reader.head().id;
        const records = reader.last(filter, options.lines);
        for (const record of records) io.out(print(record));
        if (options.follow === true) {
          const lineOptions = { columns: io.columns, style: styleFor(io) };
          await followAudit({
            reader,
            filter,
            shown: records,
            afterId: Math.max(afterId, records.at(-1)?.id ?? 0),
            print,
            isJson: options.json === true,
            lineOptions,
            io,
            deps,
          });
        }
      } finally {
        reader.close();
      }
    });
}

function exportCommand(io: Io, deps: AuditCommandDeps): Command {
  return withFilters(new Command('export').description('all rows as JSON lines, oldest first'), false).action(
    (options: FilterOptions) => {
      const reader = openStore(options, io);
      try {
        const filter = filterOf(options, deps.nowMs());
        for (let page = reader.first(filter, PAGE); page.length > 0; ) {
          for (const record of page) io.out(auditJson(record));
          page = reader.first({ ...filter, afterId: page.at(-1)?.id }, PAGE);
        }
      } finally {
        reader.close();
      }
    },
  );
}

const PAGE = 500;

function verifyCommand(io: Io): Command {
  return new Command('verify')
    .description('re-computes the hash chain; exit code 1 where it is broken')
    .option('--anchor <id:hash>', 'a head that an earlier run printed: notices rows cut off at the end, too', anchor)
    .option('-c, --config <file>', 'the config of stepward')
    .action((options: Common & { readonly anchor?: Head }) => {
      const reader = openStore(options, io);
      try {
        const result = reader.verify(options.anchor);
        if (result.kind === 'broken') {
          throw new CliError(
            `broken at row ${result.id}: ${result.problem}; the ${result.intactRows} rows before it are intact`,
          );
        }
        io.out(`intact: ${result.rows} rows`);
        io.out(`head: ${result.head.id}:${result.head.hash}`);
      } finally {
        reader.close();
      }
    });
}

type ShowRow = (record: AuditRecord, reader: AuditReader, options: Common, io: Io) => string;

function oneRow(name: string, description: string, io: Io, show: ShowRow): Command {
  return new Command(name)
    .description(description)
    .argument('<id>', 'the number of the row, as `audit tail` shows it', rowId)
    .option('--json', 'as JSON')
    .option('-c, --config <file>', 'the config of stepward')
    .action((id: number, options: Common) => {
      const reader = openStore(options, io);
      try {
        const record = reader.get(id);
        if (record === undefined) throw new CliError(noSuchRow(id, reader));
        io.out(options.json === true ? auditJson(record, 2) : show(record, reader, options, io));
      } finally {
        reader.close();
      }
    });
}

function noSuchRow(id: number, reader: AuditReader): string {
  const last = reader.head().id;
  return id <= last
    ? `row ${id} is the end of a statement: \`audit show\` of its decision shows it`
    : `there is no row ${id}: the last one is ${last}`;
}

const showOne: ShowRow = (record, _reader, _options, io) => showRecord(record, styleFor(io));

const explainOne: ShowRow = (record, reader, _options, io) =>
  record.kind === 'event'
    ? showRecord(record, styleFor(io))
    : explainDecision(record, reader, { columns: io.isTty ? io.columns : undefined, style: styleFor(io) });

function printer(options: Common, io: Io): (record: AuditRecord) => string {
  const lineOptions = { columns: io.isTty ? io.columns : 160, style: styleFor(io) };
  return options.json === true ? (record) => auditJson(record) : (record) => auditLine(record, lineOptions);
}

function openStore(options: Common, io: Io): AuditReader {
  const path = auditPath(readConfig(configFile(options.config, io.env)).dataDir);
  try {
    return openAuditReader(path);
  } catch (error) {
    if (error instanceof AuditOpenError) throw new CliError(error.message, EXIT.unavailable);
    throw error;
  }
}
