import type { Server as HttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { connect, disconnect, type Sql } from './db/connection/client.ts';
import { startEmbedded } from './db/embedded/embedded-postgres.ts';
import { createPartitionKeeper } from './db/partitions/partition-keeper.ts';
import { readDatabaseId } from './db/read/batches.ts';
import { migrate } from './db/schema/migrate.ts';
import { lockFolder } from './folder-lock.ts';
import { createHealthMonitor } from './health/monitor.ts';
import { createGraphql } from './http/graphql/graphql.ts';
import { createHandle, type Handle } from './http/handle.ts';
import { createHttpServer, listen } from './http/listen.ts';
import { isLoopback, isOriginAllowed } from './http/origin.ts';
import { serveWebsocket } from './http/websocket/websocket.ts';
import { createIngestRoute } from './ingest/http/ingest-route.ts';
import { createStoreBody } from './ingest/http/store-body.ts';
import { createRedisQueue, type RedisQueue } from './ingest/redis/redis-queue.ts';
import { openSpool, type Spool } from './ingest/spool/spool.ts';
import { createBatcher } from './ingest/write/batcher.ts';
import { createBreaker } from './ingest/write/breaker.ts';
import { createIngest, type Ingest } from './ingest/write/ingest.ts';
import { WRITE_TIMEOUT_MS } from './ingest/write/writer-connection.ts';
import { createWriters } from './ingest/write/writers.ts';
import { type Bus, createInProcessBus } from './live/bus.ts';
import { createHub, type Hub } from './live/hub.ts';
import { createRedisBus } from './live/redis-bus.ts';
import { createTickers } from './live/ticker.ts';
import { startMaintenance } from './maintenance/maintenance.ts';

const READERS = 10;
const ADMINS = 3;
/** Making a partition, a slice of a clean-up: what runs longer waits for somebody's lock. */
const ADMIN_STATEMENT_MS = 60_000;
/** What health asks is answered within this, or the database counts as away. */
const WATCHER_STATEMENT_MS = 3000;
/** Without fault tolerance each failure is its senders' own. */
const NEVER_OPEN = { threshold: Number.POSITIVE_INFINITY, timeoutMs: 0 };
const NO_RETRY = { attempts: 0, delayMs: 0 };
/** Answers under way may finish; what is left then is cut. */
const LAST_ANSWERS_MS = 1000;

export interface Server extends AsyncDisposable {
  url: string;
  /** Everything but sockets. */
  handle: Handle;
  embedded: 'none' | 'started' | 'taken over';
}

/** Opens every resource in order, and is the only place that wires them. Disposing closes them in reverse. */
export async function startServer(config: Config, log: Logger): Promise<Server> {
  await using opening = new AsyncDisposableStack();
  const own = <T extends AsyncDisposable | Disposable>(resource: T): T => opening.use(resource);

  own(await lockFolder(config.dataDir));
  const embedded = config.logsDatabaseUrl ? null : own(await startEmbedded(config.dataDir));
  const databaseUrl = config.logsDatabaseUrl ?? embedded!.url;
  await migrate(databaseUrl, ({ message }) =>
    log.warn({ reason: message }, 'the logs database does not answer: trying again'),
  );
  const readers = opening.adopt(
    connect(databaseUrl, { max: READERS, statementTimeoutMs: config.queryTimeoutMs }),
    disconnect,
  );
  const admins = opening.adopt(
    connect(databaseUrl, { max: ADMINS, statementTimeoutMs: ADMIN_STATEMENT_MS }),
    disconnect,
  );
  // A connection of their own: neither waits behind long questions or clean-ups.
  const watcher = opening.adopt(connect(databaseUrl, { max: 2, statementTimeoutMs: WATCHER_STATEMENT_MS }), disconnect);
  const keeper = opening.adopt(connect(databaseUrl, { max: 1, statementTimeoutMs: WRITE_TIMEOUT_MS }), disconnect);
  const bus = own(await openBus(config, readers, log));

  let isClosing = false;
  const http = opening.adopt(
    createHttpServer((request) => handle(request), config.subscriptions.stallTimeoutMs),
    endAnswers,
  );
  const hub = createHub({ sql: readers, bus, log: log.child({ part: 'hub' }) });
  const batcher = createBatcher({ bytesMax: config.ingest.bufferBytesMax });
  const ingestLog = log.child({ part: 'ingest' });
  const { faultTolerance, fallback } = config;
  const spool = own(await openSpool({ ...fallback, log: ingestLog }));
  const breaker = createBreaker(faultTolerance ? config.breaker : NEVER_OPEN, ingestLog);
  const writers = own(
    createWriters({
      count: config.ingest.writers,
      databaseUrl,
      batcher,
      partitions: createPartitionKeeper(keeper),
      breaker,
      retry: faultTolerance ? config.retry : NO_RETRY,
      spool,
      mayFallBack: faultTolerance && fallback.enabled,
      publish: bus.publish,
      log: ingestLog,
    }),
  );
  const ingest = createIngest(batcher, config.arrival);
  const redisQueue = openQueue(config, ingest, spool, log);
  if (redisQueue) own(redisQueue);
  const services = {
    config,
    sql: readers,
    admin: admins,
    hub,
    tickers: createTickers(),
    log,
    ingest,
    health: createHealthMonitor({ sql: watcher, batcher, writers, breaker, spool, redisQueue, bus, hub, config }),
  };
  const origins = { allowed: config.allowOrigins, loopbackOnly: isLoopback(config.host) };
  const graphql = createGraphql(services);
  own(
    serveWebsocket(http, {
      graphql,
      limits: config.socket,
      stallTimeoutMs: config.subscriptions.stallTimeoutMs,
      isOriginAllowed: (origin, host) => isOriginAllowed(origin, host, origins),
    }),
  );
  opening.adopt(hub, completeSubscriptions);
  own(startMaintenance({ databaseUrl, sql: admins, batcher, config, log: log.child({ part: 'maintenance' }) }));

  const handle = createHandle({
    graphql: graphql.handle,
    ingest: createIngestRoute(createStoreBody({ ingest, bodyBytesMax: config.ingest.bodyBytesMax })),
    health: services.health,
    origins,
    log: log.child({ part: 'http' }),
    isClosing: () => isClosing,
  });
  const url = await listen(http, config.host, config.port);
  opening.defer(() => {
    isClosing = true;
    http.close();
  });
  const opened = opening.move();
  return {
    url,
    handle,
    embedded: embedded ? (embedded.takenOver ? 'taken over' : 'started') : 'none',
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function endAnswers(http: HttpServer): Promise<void> {
  http.closeIdleConnections();
  for (const deadline = Date.now() + LAST_ANSWERS_MS; Date.now() < deadline && (await connections(http)) > 0; )
    await sleep(20);
  http.closeAllConnections();
}

async function completeSubscriptions(hub: Hub): Promise<void> {
  hub.close();
  for (const deadline = Date.now() + LAST_ANSWERS_MS; Date.now() < deadline && hub.subscriptions > 0; ) await sleep(10);
}

const connections = (http: HttpServer): Promise<number> =>
  new Promise((resolve) => http.getConnections((_error, count) => resolve(count ?? 0)));

/** Servers on one logs database share a channel: its name comes from the database, not from how a server reaches it. */
async function openBus({ redisUrl }: Config, sql: Sql, log: Logger): Promise<Bus> {
  if (!redisUrl) return createInProcessBus();
  const channel = `weir:${await readDatabaseId(sql)}:batches`;
  return createRedisBus({ url: redisUrl, channel, log: log.child({ part: 'bus' }) });
}

function openQueue({ redisUrl, queue }: Config, ingest: Ingest, spool: Spool, log: Logger): RedisQueue | null {
  if (!redisUrl) return null;
  return createRedisQueue({
    url: redisUrl,
    ingest,
    deadLetter: (rejected) => spool.deadLetters.add(rejected.map(({ letter }) => letter)),
    log: log.child({ part: 'queue' }),
    claimAfterMs: queue.claimAfterMs,
  });
}
