import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { renderUnicodeCompact } from 'uqr';
import { addPersonToFile } from '../../proxy/stepup/edit-people-file.ts';
import { makePerson } from '../../proxy/stepup/make-person.ts';
import { openPeople } from '../../proxy/stepup/people.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import { table } from '../table.ts';

type Options = { readonly config?: string; readonly group: readonly string[]; readonly password?: string };

/** `stepward people`: the accounts of the people file. A running server reads the file again by itself. */
export function peopleCommand(io: Io): Command {
  const people = new Command('people').description('list and add the people who may log in');
  people
    .command('list')
    .description('names, groups and whether an authenticator is enrolled')
    .option('-c, --config <file>', 'the config of stepward')
    .action((options: Options) => {
      const file = readConfig(configFile(options.config, io.env)).people;
      if (!existsSync(file)) return io.out(`nobody yet: ${file} does not exist`);
      const opened = openPeople({ path: file, mockSecret: Buffer.alloc(32) });
      if (opened.kind === 'invalid')
        throw new CliError(opened.errors.map((each) => lineOf(file, each)).join('\n'), EXIT.config);
      const rows = opened.people.names.map((name) => {
        const person = opened.people.find(name);
        return [name, person?.principal.groups.join(', ') ?? '', person?.totp === undefined ? 'none' : 'totp'];
      });
      io.out(table(['name', 'groups', 'authenticator'], rows));
    });
  people
    .command('add')
    .description('add a person and enrol an authenticator app; asks for the password')
    .argument('<name>', 'the user name for the database client')
    .option('-g, --group <name...>', 'groups of the policies', [])
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (name: string, options: Options) => {
      const file = readConfig(configFile(options.config, io.env)).people;
      refuseTaken(file, name);
      const password = await newPassword(name, io);
      const person = makePerson({ name, groups: options.group, password, randomBytes });
      const added = addPersonToFile(file, person.entry);
      if (!added.ok) throw new CliError(added.errors.map((each) => lineOf(file, each)).join('\n'), EXIT.config);
      io.out(`${name} was added to ${file}. Scan this with an authenticator app; it is not shown again:\n`);
      io.out(renderUnicodeCompact(person.otpauthUri, { border: 1 }));
      io.out(`\nor type the secret: ${person.entry.totp.secret}`);
    });
  return people;
}

/** @throws CliError before a password is asked for in vain */
function refuseTaken(file: string, name: string): void {
  const opened = openPeople({ path: file, mockSecret: Buffer.alloc(32) });
  if (opened.kind === 'people' && opened.people.find(name) !== undefined)
    throw new CliError(`${file} has ${JSON.stringify(name)} already; nothing was written`, EXIT.config);
}

/** @throws CliError when it is too short, or the second one differs; a person who types sees neither */
async function newPassword(name: string, io: Io): Promise<string> {
  const password = await io.askSecret(`Password for ${name}: `);
  if (password.length < 8) throw new CliError('the password needs at least 8 characters; nothing was written');
  if (io.isInteractive && (await io.askSecret('The same again: ')) !== password)
    throw new CliError('the two passwords differ; nothing was written');
  return password;
}

function lineOf(
  file: string,
  { path, message, line }: { readonly path: string; readonly message: string; readonly line?: number },
): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${path === '' ? '' : `${path}: `}${message}`;
}
