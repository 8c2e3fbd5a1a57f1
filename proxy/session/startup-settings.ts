import { invalidAuthorization, type PgError } from '../wire/pg-error.ts';

/** What a start-up packet wants set before the first statement. */
export type StartupSettings =
  | { readonly kind: 'settings'; readonly settings: ReadonlyMap<string, string> }
  | { readonly kind: 'refused'; readonly error: PgError };

/** Parameters that are no settings. `replication` never gets here. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['user', 'database', 'options', 'replication']);

/**
 * Reads the settings of a start-up packet, those in `options` included (`-c name=value`, `--name=value`).
 * @see PostgreSQL: process_startup_options, pg_split_opts, ParseLongOption
 */
export function startupSettings(parameters: ReadonlyMap<string, string>): StartupSettings {
  const options = parameters.get('options') ?? '';
  const settings = new Map<string, string>();
  const words = splitOptions(options);
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    const text = word === '-c' ? words[++i] : /^(?:--|-c)(.+)$/s.exec(word)?.[1];
    const [, name, value] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(text ?? '') ?? [];
    if (name === undefined || value === undefined) return { kind: 'refused', error: unknownOption(word) };
    settings.set(name.replaceAll('-', '_').toLowerCase(), value);
  }
  for (const [name, value] of parameters) {
    if (!NOT_SETTINGS.has(name)) settings.set(name.toLowerCase(), value);
  }
  return { kind: 'settings', settings };
}

/**
 * The settings as a statement, so that they are judged by the same rules as a SET.
 * @returns undefined when there is nothing that a policy could mind
 */
export function settingsStatement(settings: ReadonlyMap<string, string>): string | undefined {
  const calls = [...settings]
    .filter(([name, value]) => !isHarmless(name, value))
    .map(([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, false)`);
  return calls.length === 0 ? undefined : `SELECT ${calls.join(', ')}`;
}

/** What every client sends, and every session has anyway. */
function isHarmless(name: string, value: string): boolean {
  return name === 'application_name' || (name === 'client_encoding' && /^'?utf-?8'?$/i.test(value));
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Words are separated by white space; a backslash takes the next character as it is. */
function splitOptions(options: string): readonly string[] {
  return [...options.matchAll(/(?:[^\s\\]|\\[\s\S])+/g)].map(([word]) => word.replaceAll(/\\([\s\S])/g, '$1'));
}

function unknownOption(word: string): PgError {
  return invalidAuthorization(
    `command-line argument "${word}" is not taken in a start-up packet`,
    'only settings can be given in options: -c name=value',
  );
}
