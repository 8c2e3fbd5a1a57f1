import { Command } from 'commander';
import { configFile, readConfig } from '../config-file.ts';
import { CliError } from '../cli-error.ts';
import { examine, type Finding } from '../doctor/examine.ts';
import type { Io } from '../io.ts';

const MARKS = { good: 'ok  ', advice: 'note', bad: 'BAD ' } as const;

/** `stepward doctor`: is the set-up sound? Changes nothing. */
export function doctorCommand(io: Io): Command {
  return new Command('doctor')
    .description('examine the config, the files beside it, upstream, and the rights of the upstream role')
    .option('-c, --config <file>', 'the config; ./stepward.yaml without it')
    .option('--json', 'as JSON')
    .action(async (options: { readonly config?: string; readonly json?: boolean }) => {
      const file = configFile(options.config, io.env);
      const findings: readonly Finding[] = [
        { state: 'good', what: `${file} is valid` },
        ...(await examine(readConfig(file))),
      ];
      if (options.json === true) io.out(JSON.stringify(findings, undefined, 2));
      else
        for (const { state, what, todo } of findings)
          io.out(`${MARKS[state]}  ${what}${todo === undefined ? '' : `\n      ${todo}`}`);
      const bad = findings.filter(({ state }) => state === 'bad').length;
      if (bad > 0) throw new CliError(`${bad} finding${bad === 1 ? '' : 's'} to mend`);
    });
}
