import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { makeFolder, replaceFile } from '../../private-file.ts';

/** The key of `--key` or `WEIR_API_KEY`. A command talks to one server. */
let given: string | undefined;

export function useKey(key: string | undefined): void {
  given = key?.trim() || undefined;
}

/** The headers that let a request in: with the given key, or the one that `weir login` saved for this server. */
export function credentialsFor(base: string): Record<string, string> {
  const key = keyFor(base);
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

export const keyFor = (base: string): string | undefined => given ?? savedKeys()[serverOf(base)];

const folder = (): string => join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'weir');
export const savedKeysFile = (): string => join(folder(), 'config.json');

/** Saves a key for a server, for the user's own eyes. */
export async function saveKey(base: string, key: string): Promise<void> {
  await makeFolder(folder());
  const servers = { ...savedServers(), [serverOf(base)]: { key } };
  await replaceFile(savedKeysFile(), `${JSON.stringify({ servers }, null, 2)}\n`);
}

/** A server by its origin and path: a saved key goes to no other one. */
function serverOf(base: string): string {
  const url = URL.parse(base);
  return url === null ? base : url.origin + url.pathname.replace(/(\/(graphql|ingest|mcp))?\/*$/, '');
}

function savedServers(): Record<string, unknown> {
  try {
    const saved = tryJson(readFileSync(savedKeysFile(), 'utf8'));
    return isJsonObject(saved) && isJsonObject(saved.servers) ? saved.servers : {};
  } catch {
    return {};
  }
}

const savedKeys = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(savedServers()).flatMap(([server, value]) =>
      isJsonObject(value) && typeof value.key === 'string' ? [[server, value.key]] : [],
    ),
  );
