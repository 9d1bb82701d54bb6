import type { Server as HttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { readDatabaseId } from './db/batches.ts';
import { connect, type Sql } from './db/client.ts';
import { startEmbedded } from './db/embedded.ts';
import { migrate } from './db/migrate.ts';
import { createPartitionKeeper } from './db/partition-keeper.ts';
import { createHealthMonitor } from './health.ts';
import { createGraphql } from './http/graphql.ts';
import { createHandle, type Handle } from './http/handle.ts';
import { createHttpServer, listen } from './http/listen.ts';
import { isOriginAllowed } from './http/origin.ts';
import { serveWebsocket } from './http/websocket.ts';
import { createBatcher } from './ingest/batcher.ts';
import { createIngest } from './ingest/ingest.ts';
import { createIngestRoute } from './ingest/routes.ts';
import { createWriters } from './ingest/writers.ts';
import { type Bus, createInProcessBus } from './live/bus.ts';
import { createHub, type Hub } from './live/hub.ts';
import { createRedisBus } from './live/redis-bus.ts';
import { createTickers } from './live/ticker.ts';
import { lockDataDir } from './lock.ts';
import { startMaintenance } from './maintenance.ts';

const READERS = 10;
const ADMINS = 3;
/** Making a partition, a slice of a clean-up: what runs longer waits for somebody's lock. */
const ADMIN_STATEMENT_MS = 60_000;
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

  own(await lockDataDir(config.dataDir));
  const embedded = config.logsDatabaseUrl ? null : own(await startEmbedded(config.dataDir));
  const databaseUrl = config.logsDatabaseUrl ?? embedded!.url;
  await migrate(databaseUrl, (err) => log.warn({ err }, 'the logs database does not answer: trying again'));
  const readers = opening.adopt(connect(databaseUrl, { max: READERS, statementTimeoutMs: config.queryTimeoutMs }), end);
  const admins = opening.adopt(connect(databaseUrl, { max: ADMINS, statementTimeoutMs: ADMIN_STATEMENT_MS }), end);
  const bus = own(await openBus(config, readers, log));

  let isClosing = false;
  const http = opening.adopt(
    createHttpServer((request) => handle(request), config.subscriptions.stallTimeoutMs),
    endAnswers,
  );
  const hub = createHub({ sql: readers, bus, log: log.child({ part: 'hub' }) });
  const batcher = createBatcher({ bytesMax: config.ingest.bufferBytesMax });
  const writers = own(
    createWriters(config.ingest.writers, {
      databaseUrl,
      batcher,
      partitions: createPartitionKeeper(admins),
      publish: bus.publish,
      log: log.child({ part: 'ingest' }),
    }),
  );
  const services = {
    config,
    sql: readers,
    admin: admins,
    hub,
    tickers: createTickers(),
    log,
    ingest: createIngest(batcher, config.arrival),
    health: createHealthMonitor({ sql: readers, batcher, writers: writers.all, bus, hub, queue: config.queue }),
  };
  const graphql = createGraphql(services);
  own(
    serveWebsocket(http, {
      graphql,
      limits: config.socket,
      stallTimeoutMs: config.subscriptions.stallTimeoutMs,
      isOriginAllowed: (origin, host) => isOriginAllowed(origin, host, config.allowOrigins),
    }),
  );
  opening.adopt(hub, completeSubscriptions);
  own(startMaintenance({ sql: admins, config, log: log.child({ part: 'maintenance' }) }));

  const handle = createHandle({
    graphql: graphql.handle,
    ingest: createIngestRoute({ ingest: services.ingest, bodyBytesMax: config.ingest.bodyBytesMax }),
    health: services.health,
    allowOrigins: config.allowOrigins,
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

const end = (sql: Sql): Promise<void> => sql.end({ timeout: 1 });

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
