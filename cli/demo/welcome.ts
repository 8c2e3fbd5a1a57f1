import { renderUnicodeCompact } from 'uqr';
import { DEFAULT_WEB_URL } from '../web-url.ts';
import { DEMO_PEOPLE, type DemoSecrets } from './secrets.ts';

export type WelcomeOptions = {
  readonly secrets: DemoSecrets;
  readonly listenPort: number;
  readonly webPort: number;
  readonly folder: string;
  /** Where the database is, which is elsewhere when its own user cannot enter the folder. */
  readonly dataDir: string;
  /** What commands must be told with --config; undefined where they find it by themselves. */
  readonly config: string | undefined;
  /** How a command of stepward is typed here: `npm run stepward --` from a checkout, else `stepward`. */
  readonly command: string;
  /** Terminal width in columns. */
  readonly columns: number;
  /** Colours make QR codes readable on light terminals too. */
  readonly isTty: boolean;
};

/** What the demo prints once everything is up: accounts, QR codes, and lines to paste. */
export function welcome(options: WelcomeOptions): string {
  const { command, folder, dataDir, config } = options;
  const withFolder = config === undefined ? '' : ` --folder ${folder}`;
  const withConfig = config === undefined ? '' : ` --config ${config}`;
  const database = dataDir.startsWith(folder) ? '' : `, the database in ${dataDir}`;
  return [
    '',
    `stepward is listening: PostgreSQL clients on 127.0.0.1:${options.listenPort}, step-up page on http://127.0.0.1:${options.webPort}`,
    '',
    'Scan with an authenticator app (or print a code with the command below):',
    '',
    qrCodes(options),
    '',
    accounts(options),
    '',
    `No app at hand? This prints the current code:  ${command} demo code developer${withFolder}`,
    '',
    'Paste into another terminal:',
    '',
    '  # allowed',
    psqlLine(options, 'developer', 'select id, country from customers limit 3'),
    '  # refused: analysts may not read it',
    psqlLine(options, 'analyst', 'select ssn from customers'),
    '  # held until you confirm: open the printed link, or run the confirm command, with a code of the developer',
    psqlLine(options, 'developer', 'select name, ssn from customers limit 3'),
    `  ${command} confirm CODE${urlOption(options)}`,
    '  # what was decided, and why',
    `  ${command} audit tail${withConfig}`,
    '',
    `Everything is kept in ${folder} (policies to edit included)${database}. Ctrl-C stops.`,
    '',
  ].join('\n');
}

function urlOption({ webPort }: WelcomeOptions): string {
  const url = `http://127.0.0.1:${webPort}`;
  return url === DEFAULT_WEB_URL ? '' : ` --url ${url}`;
}

function psqlLine({ secrets, listenPort }: WelcomeOptions, user: 'developer' | 'analyst' | 'dba', sql: string): string {
  return `  PGPASSWORD=${secrets.people[user].password} psql "host=127.0.0.1 port=${listenPort} user=${user} dbname=shop" -c "${sql}"`;
}

function accounts({ secrets }: WelcomeOptions): string {
  const rows = DEMO_PEOPLE.map(
    ({ name }) => [name, secrets.people[name].password, secrets.people[name].totpSecret] as const,
  );
  return [['account', 'password', 'TOTP secret'] as const, ...rows]
    .map(([name, password, secret]) => `  ${name.padEnd(10)} ${password.padEnd(13)} ${secret}`)
    .join('\n');
}

export function otpauthUri(name: string, secret: string): string {
  return `otpauth://totp/stepward%20demo:${name}?secret=${secret}&issuer=stepward%20demo`;
}

/** The three codes side by side where the terminal is wide enough, else below each other. */
function qrCodes({ secrets, columns, isTty }: WelcomeOptions): string {
  const codes = DEMO_PEOPLE.map(({ name }) => {
    const lines = renderUnicodeCompact(otpauthUri(name, secrets.people[name].totpSecret), { border: 1 }).split('\n');
    return [name, ...lines];
  });
  const width = Math.max(...codes.flat().map((line) => line.length));
  const paint = (line = '', row = 0): string =>
    isTty && row > 0 && line !== ''
      ? `\u001B[97;40m${line}\u001B[0m${' '.repeat(width - line.length)}`
      : line.padEnd(width);
  if (columns < codes.length * (width + 3)) return codes.map((code) => code.map(paint).join('\n')).join('\n\n');
  const height = Math.max(...codes.map((code) => code.length));
  return Array.from({ length: height }, (_, row) => codes.map((code) => paint(code[row], row)).join('   ')).join('\n');
}
