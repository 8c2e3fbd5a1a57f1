import { Command } from 'commander';
import type { Io } from './io.ts';
import { packageVersion } from './package-version.ts';

type Entry = {
  readonly name: string;
  /** For the list of commands; each command describes itself when it is asked. */
  readonly summary: string;
  readonly load: () => Promise<(io: Io) => Command>;
};

const COMMANDS: readonly Entry[] = [
  {
    name: 'demo',
    summary: 'try stepward: a sample database, the proxy before it, and three accounts',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    name: 'serve',
    summary: 'run the proxy before a PostgreSQL server',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  {
    name: 'confirm',
    summary: 'confirm a held statement with a code of your authenticator app',
    load: async () => (await import('./commands/confirm.ts')).confirmCommand,
  },
  {
    name: 'audit',
    summary: 'what was decided, for whom and why: tail, show, explain, verify, export',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  {
    name: 'policy',
    summary: 'policies as code: check, test, snapshot',
    load: async () => (await import('./commands/policy.ts')).policyCommand,
  },
  {
    name: 'grants',
    summary: 'what confirmations have opened: list, revoke',
    load: async () => (await import('./commands/grants.ts')).grantsCommand,
  },
  {
    name: 'tags',
    summary: 'tags that columns carry since data was copied into them: list, drop',
    load: async () => (await import('./commands/tags.ts')).tagsCommand,
  },
  {
    name: 'sessions',
    summary: 'open connections: list, kill',
    load: async () => (await import('./commands/sessions.ts')).sessionsCommand,
  },
  {
    name: 'people',
    summary: 'who may log in: list, add',
    load: async () => (await import('./commands/people.ts')).peopleCommand,
  },
  {
    name: 'doctor',
    summary: 'examine the config, the files beside it, upstream, and the rights of the upstream role',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
];

/**
 * The command line. Only commands that the arguments name are loaded, so that `confirm` does not wait for a SQL parser
 * and a policy engine that it never uses.
 */
export async function createProgram(io: Io, args: readonly string[]): Promise<Command> {
  const program = new Command('stepward')
    .description(
      'An access proxy for PostgreSQL: Cedar policies on tables and columns, and step-up inside a running query',
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) });
  for (const { name, summary, load } of COMMANDS) {
    const command = args.includes(name) ? (await load())(io) : new Command(name);
    program.addCommand(command.summary(summary));
  }
  inherit(program, 'stepward');
  return program;
}

/** Output and errors of every command go the program's way, and a mistake names the help that belongs to it. */
function inherit(parent: Command, path: string): void {
  parent.showHelpAfterError(`(${path} --help says more)`);
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command, `${path} ${command.name()}`);
  }
}
