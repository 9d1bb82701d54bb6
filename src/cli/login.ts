import { text as readAll } from 'node:stream/consumers';
import { Command } from 'commander';
import { isKey } from '../access/key.ts';
import { BadUserInput } from '../errors.ts';
import { request } from './client/api.ts';
import { keyFor, savedKeysFile, saveKey, useKey } from './client/credentials.ts';
import { examples, type UrlOption, withUrl } from './options.ts';
import { print } from './terminal/output.ts';
import { printable } from './terminal/printable.ts';
import { askSecretly } from './terminal/secret.ts';

const VIEWER = '{ viewer { authenticated name rights scope } }';

interface Viewer {
  authenticated: boolean;
  name: string | null;
  rights: string[];
  scope: string | null;
}

export const loginCommand = (stop: AbortSignal): Command =>
  withUrl(new Command('login').description('Save an API key, so that the other commands use it for this server.'))
    .addHelpText(
      'after',
      `
Without --key and WEIR_API_KEY, the key is asked for on the terminal, or read from a pipe. It is saved in
~/.config/weir/config.json, for the server of --url alone.
${examples('weir login', 'weir login --url https://logs.example.com < key.txt')}`,
    )
    .action(({ url, key }: UrlOption) => login(url, key, stop));

async function login(url: string, given: string | undefined, stop: AbortSignal): Promise<void> {
  const key = (
    given ?? (process.stdin.isTTY ? await askSecretly('API key: ', stop) : await readAll(process.stdin))
  ).trim();
  if (!isKey(key)) throw new BadUserInput('expected a whole API key that begins with weir_, got another text');
  useKey(key);
  const { viewer } = await request<{ viewer: Viewer }>(url, { query: VIEWER }, stop);
  await saveKey(url, keyFor(url)!);
  const scope = viewer.scope === null ? '' : `, scope ${printable(viewer.scope)}`;
  await print(`Saved in ${savedKeysFile()}: ${printable(String(viewer.name))} (${viewer.rights.join(', ')}${scope})`);
}
