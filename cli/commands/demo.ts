import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { generateSync } from 'otplib';
import { CliError, EXIT } from '../cli-error.ts';
import { DemoError } from '../demo/demo-error.ts';
import type { DemoOptions } from '../demo/run-demo.ts';
import { DEMO_PEOPLE, demoSecretsAt, secretsFile } from '../demo/secrets.ts';
import type { Io } from '../io.ts';

const FOLDER = '.stepward-demo';

/** `stepward demo`: everything at once, on a sample database of its own. */
export function demoCommand(io: Io): Command {
  const demo = new Command('demo')
    .description('try stepward: a sample database, the proxy before it, and three accounts')
    .option('--folder <folder>', 'where everything is kept', FOLDER)
    .option('--port <port>', 'for database clients', portOf, 6432)
    .option('--web-port <port>', 'for the step-up page', portOf, 6433)
    .action(async (options: DemoOptions) => {
      // The whole server: `demo code` needs none of it.
      const { runDemo } = await import('../demo/run-demo.ts');
      try {
        await runDemo(options, io);
      } catch (error) {
        throw error instanceof DemoError ? new CliError(error.message, EXIT.unavailable) : error;
      }
    });
  demo
    .command('code')
    .description("print the current TOTP code of one of the demo's accounts, for trying it without an app")
    .argument('<account>', DEMO_PEOPLE.map(({ name }) => name).join(', '))
    .action((account: string) => {
      const { folder } = demo.opts<DemoOptions>();
      const person = DEMO_PEOPLE.find(({ name }) => name === account);
      if (person === undefined) throw new CliError(`the demo has no account ${account}`, EXIT.usage);
      const file = secretsFile(resolve(folder));
      if (!existsSync(file)) throw new CliError(`there is no demo in ${resolve(folder)} yet: start it first`);
      io.out(generateSync({ secret: demoSecretsAt(file).people[person.name].totpSecret }));
    });
  return demo;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('It is not a port, a number from 1 to 65535.');
  return port;
}
