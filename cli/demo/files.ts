import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { formatScramVerifier, makeScramVerifier } from '../../proxy/auth/scram-verifier.ts';
import { makeCertificate } from './certificate.ts';
import { DEMO_PEOPLE, type DemoSecrets } from './secrets.ts';

const DEFAULTS = fileURLToPath(new URL('../../policy/defaults', import.meta.url));

export type DemoFilesOptions = {
  readonly folder: string;
  readonly upstreamPort: number;
  readonly listenPort: number;
  readonly webPort: number;
  readonly secrets: DemoSecrets;
};

/**
 * Writes what a real installation has: config, people, policies, a certificate. Policies and people are written once, so
 * that what somebody edits to try things out stays; the config follows the database's port of this start.
 * @returns the path of the config file
 */
export async function writeDemoFiles(options: DemoFilesOptions): Promise<string> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true });
  await writeOnce(join(folder, 'server.key'), async () => {
    const { key, cert } = await makeCertificate();
    writeFileSync(join(folder, 'server.crt'), cert);
    return key;
  });
  await writeOnce(join(folder, 'people.yaml'), async () => peopleText(options.secrets));
  const policies = join(folder, 'policies');
  if (!existsSync(policies)) {
    cpSync(DEFAULTS, policies, {
      recursive: true,
      filter: (source) => !source.endsWith('.ts') && !source.endsWith('.js'),
    });
  }
  const config = join(folder, 'stepward.yaml');
  writeFileSync(config, configText(options), { mode: 0o600 });
  return config;
}

async function writeOnce(file: string, text: () => Promise<string>): Promise<void> {
  if (!existsSync(file)) writeFileSync(file, await text(), { mode: 0o600 });
}

function peopleText(secrets: DemoSecrets): string {
  return stringify({
    people: DEMO_PEOPLE.map(({ name, groups }) => ({
      name,
      groups,
      password: formatScramVerifier(
        makeScramVerifier(secrets.people[name].password, { salt: randomBytes(16), iterations: 4096 }),
      ),
      totp: { secret: secrets.people[name].totpSecret },
    })),
  });
}

function configText(options: DemoFilesOptions): string {
  const comment = '# Written anew at every start of the demo; copy it to serve a database of your own.\n';
  return (
    comment +
    stringify({
      listen: { host: '127.0.0.1', port: options.listenPort },
      tls: { cert: 'server.crt', key: 'server.key' },
      upstream: {
        host: '127.0.0.1',
        port: options.upstreamPort,
        database: 'shop',
        user: 'stepward_app',
        password: options.secrets.upstreamPassword,
      },
      people: 'people.yaml',
      policies: 'policies',
      tags: parse(readFileSync(join(DEFAULTS, 'tags.yaml'), 'utf8')),
      web: { listen: { host: '127.0.0.1', port: options.webPort } },
      dataDir: 'data',
    })
  );
}
