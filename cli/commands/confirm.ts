import { Command } from 'commander';
import { confirmChallenge } from '../../proxy/web/confirm-client.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { findConfigFile, readConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import { DEFAULT_WEB_URL, webUrl } from '../web-url.ts';

type Options = {
  readonly config?: string;
  readonly url?: string;
  readonly challenge?: string;
  readonly person?: string;
};

const TOTP = /^\d{3} ?\d{3}$/;

/** `stepward confirm`: what the step-up page does, from another terminal. */
export function confirmCommand(io: Io): Command {
  return new Command('confirm')
    .description('confirm a held statement with a code of your authenticator app')
    .argument(
      '<code>',
      'the 6 digits of the app, or the short code that your database client shows (then the digits are asked for)',
    )
    .argument('[totp]', 'the 6 digits of the app, where the first is the short code')
    .option('--challenge <short-code>', 'which request, where several wait')
    .option('--person <name>', 'whose request, where several people wait')
    .option('--url <url>', 'where the step-up page is; taken from the config without it, else this machine')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (code: string, totp: string | undefined, options: Options) => {
      const { challenge, digits } = await codesOf(code, totp, options, io);
      const url = options.url ?? urlOfConfig(options, io);
      const result = await confirmChallenge({ url, code: digits, challenge, person: options.person });
      if (result.ok) return io.out(result.message);
      throw new CliError(result.message, result.outcome === 'notRunning' ? EXIT.unavailable : EXIT.failure);
    });
}

/** People who confirm need no config of the server: without one, the page is expected on this machine. */
function urlOfConfig({ config }: Options, io: Io): string {
  const file = findConfigFile(config, io.env);
  return file === undefined ? DEFAULT_WEB_URL : webUrl(readConfig(file));
}

async function codesOf(
  code: string,
  totp: string | undefined,
  options: Options,
  io: Io,
): Promise<{ readonly challenge: string | undefined; readonly digits: string }> {
  const { challenge } = options;
  if (TOTP.test(code) && totp === undefined) return { challenge, digits: code };
  // Apps show the six digits in two groups, and people type what they see.
  if (/^\d{3}$/.test(code) && /^\d{3}$/.test(totp ?? '')) return { challenge, digits: `${code}${totp}` };
  if (code.trim() === '') throw notDigits();
  const digits = (totp ?? (await io.askSecret('Code of your authenticator app: '))).trim();
  if (!TOTP.test(digits)) throw notDigits();
  return { challenge: code, digits };
}

function notDigits(): CliError {
  return new CliError('the code of an authenticator app is 6 digits; nothing was sent', EXIT.usage);
}
