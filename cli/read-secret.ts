import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError, EXIT } from './cli-error.ts';

type Streams = { readonly input: NodeJS.ReadStream; readonly prompt: Writable };

/**
 * One line that is not echoed. Where nobody types (a pipe, a file) the line is read as it comes, without a question.
 * @returns the line without its end; empty when the input has ended
 * @throws CliError when the person presses Ctrl-C
 */
export async function readSecret(question: string, { input, prompt }: Streams): Promise<string> {
  if (!input.isTTY) return firstLine(createInterface({ input }));
  prompt.write(question);
  // readline edits the line, with an output that swallows the echo.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await firstLine(createInterface({ input, output: silent, terminal: true }));
  } finally {
    prompt.write('\n');
  }
}

async function firstLine(reader: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => {
      reject(new CliError('', EXIT.interrupted));
      reader.close();
    });
    reader.once('line', (line) => {
      resolve(line);
      reader.close();
    });
    reader.once('close', () => resolve(''));
  });
}
