import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditRecord } from '../../proxy/audit/record.ts';
import type { TestDatabase } from './postgres.ts';
import { createShop, PASSWORD, readAudit, writeInstallation } from './running-stepward.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** How a process ended. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** `stepward serve` in a process of its own: to be killed, measured and starved. */
export type StepwardProcess = {
  readonly pid: number;
  readonly port: number;
  readonly webPort: number;
  readonly config: string;
  readonly folder: string;
  readonly dataDir: string;
  /** What it has logged so far, line by line. */
  log(): readonly Readonly<Record<string, unknown>>[];
  audit(): readonly AuditRecord[];
  client(user: string): { host: string; port: number; user: string; password: string; database: string };
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
};

export type Installation = ReturnType<typeof writeInstallation> & {
  readonly shop: TestDatabase;
  /** Takes the starter policies away and permits everything instead. */
  permitEverything(): void;
  /** Starts the proxy, again if need be: what it keeps on disk is in `folder`. */
  start(wrap?: Wrap): Promise<StepwardProcess>;
  /** Ends what was started and removes everything. */
  remove(): Promise<void>;
};

/** Puts a command before `node`, such as a shell with a limit. */
type Wrap = (command: readonly string[]) => readonly string[];

/** A sample shop and a folder to run `stepward serve` in. */
export async function createInstallation(overrides: Readonly<Record<string, unknown>> = {}): Promise<Installation> {
  const shop = await createShop();
  const { folder, config } = writeInstallation(shop, overrides);
  const started: ChildProcess[] = [];
  return {
    shop,
    folder,
    config,
    permitEverything: () => {
      const policies = join(folder, 'policies');
      for (const name of readdirSync(policies)) rmSync(join(policies, name), { recursive: true });
      writeFileSync(join(policies, 'all.cedar'), '@id("all")\npermit (principal, action, resource);\n');
    },
    start: async (wrap = (command) => command) => {
      const [program = '', ...args] = wrap([process.execPath, join(root, 'cli/main.ts'), 'serve', '--config', config]);
      const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      started.push(child);
      killWithThisProcess(child);
      return await running(child, { shop, folder, config });
    },
    remove: async () => {
      for (const child of started) child.kill('SIGKILL');
      await shop.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A run that is broken off leaves nothing behind. */
function killWithThisProcess(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}

async function running(
  child: ChildProcess,
  { shop, folder, config }: Pick<Installation, 'shop' | 'folder' | 'config'>,
): Promise<StepwardProcess> {
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const lines: Readonly<Record<string, unknown>>[] = [];
  const listening = listeningLine(child, lines);
  const ended = exited.then(({ code, signal }) => {
    throw new Error(`stepward ended at its start (${signal ?? code}): ${JSON.stringify(lines)}`);
  });
  const { port, web } = await Promise.race([listening, ended]);
  ended.catch(() => undefined);
  const dataDir = join(folder, 'data');
  return {
    pid: child.pid ?? 0,
    port,
    webPort: web,
    config,
    folder,
    dataDir,
    log: () => lines,
    audit: () => readAudit(dataDir),
    client: (user) => ({ host: '127.0.0.1', port, user, password: PASSWORD, database: shop.database }),
    kill: (signal) => void child.kill(signal),
    exited,
  };
}

async function listeningLine(
  child: ChildProcess,
  lines: Readonly<Record<string, unknown>>[],
): Promise<{ readonly port: number; readonly web: number }> {
  return new Promise((resolve) => {
    let rest = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const line = parsedLine(part);
        lines.push(line);
        const { port, web } = line;
        if (typeof port === 'number' && typeof web === 'number') resolve({ port, web });
      }
    });
  });
}

/** The log is JSON; what is not, such as a stack of Node's own, counts too. */
function parsedLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch {
    // Falls through.
  }
  return { text: line };
}

/** A number in KiB of /proc/PID/status, or undefined where there is no /proc. */
export function processMemoryKib(pid: number, field: 'VmHWM' | 'VmRSS' | 'RssAnon'): number | undefined {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}
