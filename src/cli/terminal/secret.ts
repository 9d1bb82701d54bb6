import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks on the terminal without showing what is typed. @throws AbortError at Ctrl-C */
export async function askSecretly(question: string, stop: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const closed = new AbortController();
  terminal.on('SIGINT', () => closed.abort());
  try {
    return await terminal.question('', { signal: AbortSignal.any([stop, closed.signal]) });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
