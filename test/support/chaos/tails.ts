import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../port.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { type Client, remove, temporaryFolder, until } from '../server.ts';
import { type Count, countStored } from './count.ts';
import { type Follower, startFollower } from './follower.ts';
import type { History } from './history.ts';
import { createPostgres } from './postgres.ts';
import { type Repeat, startSenders, summary } from './sender.ts';
import { drained, QUICK, startWeir } from './weir.ts';

/** Eight filters that match from nearly all records to few, by each kind of condition. */
const FILTERS: object[] = [
  {},
  { minLevel: 'ERROR' },
  { services: ['sender-1'] },
  { messageContains: '7' },
  { query: 'attributes.n:>500' },
  { not: { services: ['sender-2', 'sender-3'] } },
  { or: [{ levels: ['WARNING'] }, { messageContains: 'Record 1' }] },
  { query: 'level:>=warning -service:sender-4 correlationId:chain*' },
];
const REPEATS: Repeat[] = ['never', 'by key', 'by uid', 'never'];
const CAUGHT_UP_MS = 60_000;

interface TailsPlan {
  seconds: number;
  redisKills: number;
  serverKills: number;
  postgresRestarts: number;
  recordsPerRequest: number;
  pauseMs: number;
}

/** What two followers of one filter, on two servers, got of what is stored. */
interface TailResult {
  filter: object;
  /** Ids of all stored records that match. */
  stored: string[];
  /** As delivered on each server. */
  delivered: string[][];
  problems: string[];
  resumed: number[];
}

interface TailsReport {
  count: Count;
  results: TailResult[];
}

/**
 * Two servers on one PostgreSQL and one Redis, four senders and sixteen followers on both, while Redis, a server and
 * PostgreSQL fail, spread over the time at random. Resolves when every follower has as many records as are stored.
 */
export async function runTails(plan: TailsPlan, history: History): Promise<TailsReport> {
  const folder = await temporaryFolder();
  const redisPort = await freePort();
  let redis: TestRedis | undefined;
  try {
    await using postgres = await createPostgres();
    redis = await startRedis(join(folder, 'redis'), { port: redisPort });
    const settings = { LOGS_DATABASE_URL: postgres.url, REDIS_URL: redis.url, ...QUICK };
    await using a = await startWeir({ ...settings, DATA_DIR: join(folder, 'a') }, history);
    await using b = await startWeir({ ...settings, DATA_DIR: join(folder, 'b') }, history);
    const servers = [a, b];
    await using stack = new AsyncDisposableStack();
    const followers = await Promise.all(
      FILTERS.map((filter) => Promise.all(servers.map(async ({ url }) => stack.use(await startFollower(url, filter))))),
    );
    await using senders = startSenders(
      4,
      { url: a.url, repeats: REPEATS, records: plan.recordsPerRequest, pauseMs: plan.pauseMs },
      (n) => ({ url: servers[n % 2]!.url }),
    );

    const failures = shuffled(history, [
      ...Array.from({ length: plan.redisKills }, () => async () => {
        await redis![Symbol.asyncDispose]();
        history.note('Redis killed');
        await sleep(history.between(500, 2000));
        redis = await startRedis(join(folder, 'redis'), { port: redisPort });
        history.note('Redis started');
      }),
      ...Array.from({ length: plan.serverKills }, (_, i) => async () => {
        await servers[i % 2]!.kill();
        await sleep(history.between(100, 1500));
        await servers[i % 2]!.start();
      }),
      ...Array.from({ length: plan.postgresRestarts }, () => async () => {
        await postgres.stop();
        history.note('PostgreSQL stopped');
        await sleep(history.between(300, 1500));
        await postgres.start();
        history.note('PostgreSQL started');
      }),
    ]);
    const end = Date.now() + plan.seconds * 1000;
    for (const [done, fail] of failures.entries()) {
      const left = Math.max(0, end - Date.now()) / (failures.length - done + 1);
      await sleep(history.between(left / 2, left));
      await fail();
    }
    await sleep(Math.max(0, end - Date.now()));
    await senders.stop();
    for (const server of servers) await drained(server, CAUGHT_UP_MS);
    history.note(summary(senders.sent()));

    const results = await Promise.all(FILTERS.map((filter, i) => resultOf(a, filter, followers[i]!)));
    return { count: await countStored(postgres.url, senders.sent()), results };
  } finally {
    await redis?.[Symbol.asyncDispose]();
    await remove(folder);
  }
}

/** Waits for what is missing; a follower that never gets it is for the caller to find. */
async function resultOf(client: Client, filter: object, followers: Follower[]): Promise<TailResult> {
  const stored = await matchingIds(client, filter);
  const caughtUp = () => followers.every(({ ids }) => ids.length >= stored.length);
  await until(caughtUp, CAUGHT_UP_MS, 'every follower with all that is stored').catch(() => {});
  return {
    filter,
    stored,
    delivered: followers.map(({ ids }) => [...ids]),
    problems: followers.flatMap(({ problems }) => problems),
    resumed: followers.map(({ resumed }) => resumed),
  };
}

const PAGE = `query ($filter: LogFilter, $after: String) {
  logs(filter: $filter, first: 1000, after: $after, order: OLDEST_FIRST) { nodes { id } pageInfo { endCursor hasNextPage } }
}`;

interface Page {
  logs: { nodes: { id: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } };
}

async function matchingIds(client: Client, filter: object): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { data, errors }: { data?: Page | null; errors?: unknown } = await client.query<Page>(PAGE, {
      filter,
      after,
    });
    if (!data) throw new Error(`logs: expected a page, got ${JSON.stringify(errors)}`);
    ids.push(...data.logs.nodes.map(({ id }) => id));
    ({ endCursor: after, hasNextPage: more } = data.logs.pageInfo);
  }
  return ids;
}

const shuffled = <T>(history: History, list: T[]): T[] =>
  list
    .map((item) => ({ item, place: history.between(0, 1e9) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);

/** What is wrong with a filter's followers; empty where each got all that is stored, once, in one order. */
export function wrongWith({ filter, stored, delivered, problems }: TailResult): string[] {
  const name = JSON.stringify(filter);
  const wrong = problems.map((problem) => `${name}: ${problem}`);
  const known = new Set(stored);
  for (const [server, ids] of delivered.entries()) {
    const got = new Set(ids);
    const missing = stored.filter((id) => !got.has(id)).length;
    const foreign = [...got].filter((id) => !known.has(id)).length;
    const twice = ids.length - got.size;
    if (missing + foreign + twice > 0) {
      wrong.push(`${name} on server ${server}: ${missing} missing, ${twice} twice, ${foreign} not stored`);
    }
  }
  const [one, other] = delivered as [string[], string[]];
  const place = one.findIndex((id, i) => id !== other[i]);
  if (place >= 0) wrong.push(`${name}: the servers differ from record ${place} of ${one.length} on`);
  return wrong;
}
