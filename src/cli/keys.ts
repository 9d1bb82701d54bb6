import { Command, InvalidArgumentError } from 'commander';
import { RIGHTS, type Right } from '../access/caller.ts';
import { type KeyInput, parseGrant } from '../access/key-grant.ts';
import { createKey, revokeKey } from '../access/keys/change-keys.ts';
import { type ApiKey, listKeys } from '../db/keys/api-keys.ts';
import { BadUserInput } from '../errors.ts';
import { parseDuration } from '../log/duration.ts';
import { request } from './client/api.ts';
import { openServerDatabase } from './keys/server-database.ts';
import { asCount, asDuration, examples, type UrlOption, withUrl } from './options.ts';
import { print, say } from './terminal/output.ts';
import { printable } from './terminal/printable.ts';

type ShownKey = Omit<ApiKey, 'id'>;

interface WhereOptions extends UrlOption {
  database?: true;
}

interface CreateOptions extends WhereOptions {
  name: string;
  right: Right[];
  scope?: string;
  stampService?: string;
  stampEnvironment?: string;
  stampVersion?: string;
  recordsPerSecond?: number;
  expiresIn?: string;
}

export const keysCommand = (stop: AbortSignal): Command =>
  new Command('keys')
    .description('Make, list and revoke API keys.')
    .addCommand(createCommand(stop))
    .addCommand(listCommand(stop))
    .addCommand(revokeCommand(stop));

const withDatabase = (command: Command): Command =>
  withUrl(command).option('--database', 'on the machine of the server: without a key, directly in its database');

const createCommand = (stop: AbortSignal): Command =>
  withDatabase(new Command('create').description('Make an API key. It is printed once.'))
    .requiredOption('-n, --name <name>', 'what it is for; no two valid keys have the same name')
    .requiredOption('-r, --right <right>', `${RIGHTS.join(', ').toLowerCase()} (may be repeated)`, collectRights)
    .option('--scope <search>', 'it sees only records that match, like environment:staging')
    .option('--stamp-service <name>', 'the service of every record that it stores')
    .option('--stamp-environment <name>', 'the environment of every record that it stores')
    .option('--stamp-version <version>', 'the deployment version of every record that it stores')
    .option('--records-per-second <n>', 'how many records it may store in a second', asCount(1, 2 ** 31 - 1))
    .option('--expires-in <duration>', 'how long it is valid, like 90d (default: for ever)', asDuration)
    .addHelpText(
      'after',
      examples(
        'weir keys create --name billing --right ingest --stamp-service billing',
        'weir keys create --name support --right read --scope environment:production --expires-in 90d',
        'weir keys create --name me --right admin --database',
      ),
    )
    .action((options: CreateOptions) => create(options, stop));

const listCommand = (stop: AbortSignal): Command =>
  withDatabase(new Command('list').description('List the API keys, the newest first.')).action(
    (options: WhereOptions) => list(options, stop),
  );

const revokeCommand = (stop: AbortSignal): Command =>
  withDatabase(new Command('revoke').description('Revoke an API key. What is open under it ends within 5 s.'))
    .argument('<key>', 'its name or its first characters, as `weir keys list` shows them')
    .action((key: string, options: WhereOptions) => revoke(key, options, stop));

function collectRights(word: string, before: Right[] = []): Right[] {
  const right = RIGHTS.find((one) => one === word.toUpperCase());
  if (!right) throw new InvalidArgumentError(`Expected one of ${RIGHTS.join(', ').toLowerCase()}.`);
  return [...before, right];
}

const CREATE = `mutation CreateApiKey($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { name } } }`;

async function create(options: CreateOptions, stop: AbortSignal): Promise<void> {
  const { name, right: rights, scope, stampService, stampEnvironment, stampVersion, recordsPerSecond } = options;
  const stamp = { service: stampService, environment: stampEnvironment, deploymentVersion: stampVersion };
  const hasStamp = Object.values(stamp).some((value) => value !== undefined);
  const input = { name, rights, scope, recordsPerSecond, ...(hasStamp && { stamp }) } satisfies KeyInput;
  const expiresIn = options.expiresIn;
  if (options.database) {
    await using database = await openServerDatabase();
    const grant = parseGrant({ ...input, expiresIn: expiresIn === undefined ? null : parseDuration(expiresIn) });
    await print((await createKey(database.sql, 'command', grant)).key);
  } else {
    const variables = { input: { ...input, expiresIn } };
    const created = await request<{ createApiKey: { key: string } }>(options.url, { query: CREATE, variables }, stop);
    await print(created.createApiKey.key);
  }
  say('This is the only time that the key is shown. It is valid on every server within 5 s.');
}

const FIELDS = 'id name prefix rights scope recordsPerSecond createdAt expiresAt revokedAt lastUsedAt';

async function list(options: WhereOptions, stop: AbortSignal): Promise<void> {
  const keys = await readKeys(options, stop);
  for (const key of keys) await print(keyText(key));
  if (keys.length === 0) say('-- there is no key --');
}

async function readKeys({ database, url }: WhereOptions, stop: AbortSignal): Promise<ApiKey[]> {
  if (!database)
    return (await request<{ apiKeys: ApiKey[] }>(url, { query: `{ apiKeys { ${FIELDS} } }` }, stop)).apiKeys;
  await using opened = await openServerDatabase();
  return await listKeys(opened.sql);
}

function keyText({ name, prefix, rights, scope, createdAt, expiresAt, revokedAt, lastUsedAt }: ShownKey): string {
  const parts = [
    `${prefix}...`,
    printable(name),
    rights.join(','),
    ...(scope === null ? [] : [`scope ${printable(scope)}`]),
    `made ${day(createdAt)}`,
    ...(revokedAt === null ? [] : [`revoked ${day(revokedAt)}`]),
    ...(expiresAt === null ? [] : [`expires ${day(expiresAt)}`]),
    lastUsedAt === null ? 'never used' : `used ${day(lastUsedAt)}`,
  ];
  return parts.join('  ');
}

const day = (time: string): string => time.slice(0, 16).replace('T', ' ');

const REVOKE = 'mutation RevokeApiKey($id: ID!) { revokeApiKey(id: $id) { name } }';

async function revoke(word: string, options: WhereOptions, stop: AbortSignal): Promise<void> {
  const valid = (await readKeys(options, stop)).filter(({ revokedAt }) => revokedAt === null);
  const named = valid.filter(({ name }) => name === word);
  const found = named.length > 0 ? named : valid.filter(({ prefix }) => prefix === word.replace(/\.+$/, ''));
  const [key, ...others] = found;
  if (!key || others.length > 0) {
    throw new BadUserInput(
      `expected the name or the first characters of one key, got ${found.length} keys for ${JSON.stringify(word)}`,
    );
  }
  if (options.database) {
    await using database = await openServerDatabase();
    await revokeKey(database.sql, 'command', key.id);
  } else {
    await request(options.url, { query: REVOKE, variables: { id: key.id } }, stop);
  }
  await print(`${printable(key.name)} is revoked`);
}
