import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { type AuthMode, authMode } from './access/auth-mode.ts';
import { ANYONE } from './access/caller.ts';
import { createClientAddress, createNetworkCheck } from './access/client-address.ts';
import { makeFirstKey } from './access/keys/first-key.ts';
import { createKeptKeys } from './access/keys/kept-keys.ts';
import { openKeyStore } from './access/keys/key-store.ts';
import { createRecordRates } from './access/record-rates.ts';
import type { Config } from './config.ts';
import { TIME_LIMIT_MS_MAX as CLEANUP_TIME_LIMIT_MS_MAX } from './db/cleanup/cleanup.ts';
import { connect, disconnect, type Sql } from './db/connection/client.ts';
import { createLiveServers } from './db/connection/live-servers.ts';
import { timed } from './db/connection/timed.ts';
import { startEmbedded } from './db/embedded/embedded-postgres.ts';
import type { FirstKey } from './db/keys/first-key.ts';
import { createPartitionKeeper } from './db/partitions/partition-keeper.ts';
import { awaitDatabase, type LateDatabase, readIdOf } from './db/schema/late-database.ts';
import { DatabaseAway, listMigrations, migrate } from './db/schema/migrate.ts';
import { SYSTEM_LOGS } from './db/schema/partitioned-table.ts';
import { type CannotStart, Overloaded } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { createHealthMonitor } from './health/monitor.ts';
import { createAddressLimits } from './http/address-limits.ts';
import { openCertificate } from './http/certificate.ts';
import { createGate } from './http/gate.ts';
import { createGraphql, GRAPHQL_PATH, READERS } from './http/graphql/graphql.ts';
import { createHandle, type Handle } from './http/handle.ts';
import { healthRoutes } from './http/health-routes.ts';
import { isLoopback } from './http/host.ts';
import { type AddressOf, createHttpServer, listen } from './http/listen.ts';
import { metricsRoute } from './http/metrics-route.ts';
import { pathOf, type Route, type RouteHandler, routeName } from './http/route.ts';
import type { Trust } from './http/trust.ts';
import { serveWebsocket } from './http/websocket/websocket.ts';
import { createIngestRoute } from './ingest/http/ingest-route.ts';
import { meteredStoreBody } from './ingest/http/metered-store-body.ts';
import { createRedisQueue, type RedisQueue } from './ingest/redis/redis-queue.ts';
import { createSelfLog } from './ingest/self-log/self-log.ts';
import { readKnownDatabase, writeKnownDatabase } from './ingest/spool/known-database.ts';
import { openSpool, type Spool } from './ingest/spool/spool.ts';
import { createBatcher } from './ingest/write/batcher.ts';
import { createBreaker, holdBreaker } from './ingest/write/breaker.ts';
import { createIngest, type Ingest } from './ingest/write/ingest.ts';
import { meteredIngest } from './ingest/write/metered-ingest.ts';
import { WRITE_TIMEOUT_MS } from './ingest/write/writer-connection.ts';
import { createWriters } from './ingest/write/writers.ts';
import { type Bus, createInProcessBus } from './live/bus.ts';
import { createHub, type Hub } from './live/hub.ts';
import { createRedisBus } from './live/redis-bus.ts';
import { createTickers } from './live/ticker.ts';
import { createRedactor } from './log/redact/redactor.ts';
import { alsoTo, SERIALIZERS } from './logger.ts';
import { startMaintenance } from './maintenance/maintenance.ts';
import { createMeters, type Meters, type StatementKind } from './metrics/meters.ts';
import { createRegistry } from './metrics/registry.ts';
import { watchLoop } from './metrics/scrape/loop-watch.ts';
import { createScrape } from './metrics/scrape/scrape.ts';
import { waitUntil } from './timing/time-limit.ts';

// Connections of each pool. They are separate, so that nothing else waits behind queries.
/** For the hub: it delivers to all tails and must never wait behind one of them. */
const DELIVERERS = 1;
/** For the backfills and replays of tails. */
const REPLAYERS = 3;
const CLEANERS = 2;
const MAINTAINERS = 3;
/** One reads keys every two seconds, one changes them. */
const KEY_READERS = 2;
const KEYS_STATEMENT_MS = 2000;
/** A statement of the maintenance is short. One that takes longer waits for a lock. */
const MAINTENANCE_STATEMENT_MS = 60_000;
/** If a statement of the health check takes longer, the database counts as unavailable. */
const WATCHER_STATEMENT_MS = 3000;
/** Without fault tolerance each failure goes straight to the sender. */
const NEVER_OPEN = { threshold: Number.POSITIVE_INFINITY, timeoutMs: 0 };
const NO_RETRY = { attempts: 0, delayMs: 0 };
/** At shutdown, responses and subscriptions that have begun may finish within this time. Then they are cut. */
const FINISH_MS = 1000;

export interface Server extends AsyncDisposable {
  url: string;
  /** All of HTTP except websockets. */
  handle: Handle;
  embedded: 'none' | 'started' | 'taken over';
  /** The paths and prefixes that it serves. */
  routes: readonly string[];
  /** When API keys are asked for. */
  auth: AuthMode;
  /** Where the first ADMIN key lies, until it has made another one. */
  firstKey: FirstKey | null;
  /** Resolves with the reason when the server cannot go on. Dispose it then: what waits is stored or spooled. */
  failed: Promise<CannotStart>;
}

/** Opens every resource in order and connects them; no other place does. Disposing closes them in reverse order. */
export async function startServer(config: Config, givenLog: Logger): Promise<Server> {
  const log = givenLog.child({}, { serializers: SERIALIZERS });
  await using opening = new AsyncDisposableStack();
  const own = <T extends AsyncDisposable | Disposable>(resource: T): T => opening.use(resource);
  const registry = createRegistry();
  const meters = createMeters(registry);
  own(watchLoop(registry));
  const selfLog = config.selfLog ? own(createSelfLog(registry)) : null;
  if (selfLog) alsoTo(log, selfLog.take);

  own(await lockFolder(config.dataDir));
  const embedded = config.logsDatabaseUrl
    ? null
    : own(await startEmbedded(config.dataDir, { log: log.child({ component: 'postgres' }) }));
  const databaseUrl = config.logsDatabaseUrl ?? embedded!.url;
  const database = own(await openDatabase(databaseUrl, config, log));
  const problem = (): string | null => database.problem;
  const pools = opening.adopt([] as Sql[], async (opened) => {
    await Promise.all(opened.map(disconnect));
  });
  const pool = (kind: StatementKind, max: number, statementTimeoutMs: number): Sql => {
    const opened = connect(databaseUrl, { max, statementTimeoutMs, problem });
    pools.push(opened);
    return timed(opened, meters.statements(kind));
  };
  const readers = pool('query', READERS, config.queryTimeoutMs);
  const deliverers = pool('tail', DELIVERERS, config.queryTimeoutMs);
  const replayers = pool('replay', REPLAYERS, config.queryTimeoutMs);
  const cleaners = pool('cleanup', CLEANERS, CLEANUP_TIME_LIMIT_MS_MAX);
  const maintainers = pool('maintenance', MAINTAINERS, MAINTENANCE_STATEMENT_MS);
  const watcher = pool('health', 2, WATCHER_STATEMENT_MS);
  const keeper = pool('partitions', 1, WRITE_TIMEOUT_MS);
  const keyReaders = pool('keys', KEY_READERS, KEYS_STATEMENT_MS);
  const auth = authMode(config.auth, isLoopback(config.host));
  const accessLog = log.child({ component: 'access' });
  if (auth === 'required' && config.adminKey === null) {
    const made = database.came.then(() => makeFirstKey(keyReaders, config.dataDir));
    if (database.problem === null) await made;
    else made.catch((err: unknown) => accessLog.error({ err }, 'the first ADMIN key cannot be made'));
  }
  const keys = own(
    await openKeyStore({
      sql: keyReaders,
      kept: createKeptKeys(config.dataDir, database.id),
      ...{ dataDir: config.dataDir, adminKey: config.adminKey, log: accessLog },
    }),
  );
  const gate = createGate(auth, keys, accessLog);
  const bus = own(openBus(config, database.id, log));

  let isClosing = false;
  const httpLog = log.child({ component: 'http' });
  const clientAddress = createClientAddress(config.trustedProxies);
  const addressOf: AddressOf = ({ socket, headers }) =>
    clientAddress(socket.remoteAddress, (name) => headers[name]?.toString() ?? null);
  const addressLimits = createAddressLimits(config.addresses);
  const http = opening.adopt(
    createHttpServer({
      handle: (request, address) => handle(request, address),
      certificate: config.tls && (await openCertificate(config.tls, httpLog)),
      addressOf,
      limits: addressLimits,
      connections: config.connections,
      isProxy: createNetworkCheck(config.trustedProxies),
      stallTimeoutMs: config.subscriptions.stallTimeoutMs,
      log: httpLog,
    }),
    finishResponses,
  );
  const hub = createHub({
    sql: deliverers,
    replaySql: replayers,
    bus,
    log: log.child({ component: 'hub' }),
    meter: meters.tails,
  });
  const batcher = createBatcher({ bytesMax: config.ingest.bufferBytesMax });
  const ingestLog = log.child({ component: 'ingest' });
  const spool = own(await openSpool({ ...config.fallback, log: ingestLog }));
  if (database.problem === null) await remember(config, database.id, log);
  const breaker = holdBreaker(
    createBreaker(config.faultTolerance ? config.breaker : NEVER_OPEN, ingestLog),
    () => database.problem !== null,
  );
  const writers = createWriters({
    count: config.ingest.writers,
    databaseUrl,
    batcher,
    partitions: createPartitionKeeper(keeper, SYSTEM_LOGS),
    breaker,
    retry: config.faultTolerance ? config.retry : NO_RETRY,
    spool,
    mayFallBack: mayFallBack(config),
    publish: bus.publish,
    onAttempt: meters.statements('write'),
    log: ingestLog,
  });
  embedded?.onRestart(writers.databaseStarted);
  const servers = createLiveServers(maintainers);
  const redactor = config.redact && createRedactor(config.redact);
  const ingest = createIngest(
    batcher,
    { ...config.arrival, redactor },
    createRecordRates(() => servers.count),
  );
  const redisQueue = openQueue(config, ingest, meters, spool, log);
  const closeIngest = once(async () => {
    await redisQueue?.[Symbol.asyncDispose]();
    await writers[Symbol.asyncDispose]();
  });
  opening.defer(closeIngest);
  const services = {
    config,
    sql: readers,
    cleanups: cleaners,
    hub,
    tickers: createTickers(),
    log,
    ingest: meteredIngest(ingest, meters.ingest('graphql')),
    keys: { sql: keyReaders, refresh: keys.refresh },
    health: createHealthMonitor({
      sql: watcher,
      batcher,
      writers,
      breaker,
      spool,
      redisQueue,
      bus,
      hub,
      awaited: problem,
      config,
      access: () => ({
        mode: auth,
        openHost: isLoopback(config.host) ? null : config.host,
        isEncrypted: config.tls !== null || config.trustedProxies.length > 0,
        hasQueue: redisQueue !== null,
        firstKey: keys.firstKey,
      }),
    }),
  };
  const trust: Trust = {
    hosts: { allowed: config.allowHosts, listensOn: config.host },
    origins: config.allowOrigins,
    tls: config.tls !== null,
  };
  const graphql = createGraphql(services, meters.graphql, gate.endOf);
  own(
    serveWebsocket(http, {
      graphql,
      limits: config.socket,
      stallTimeoutMs: config.subscriptions.stallTimeoutMs,
      trust,
      gate,
      addressLimits,
      addressOf,
    }),
  );
  opening.adopt(hub, endSubscriptions);
  const maintenanceLog = log.child({ component: 'maintenance' });
  own(
    startWhen(database.came, () =>
      startMaintenance({
        databaseUrl,
        sql: maintainers,
        cleanups: cleaners,
        batcher,
        servers,
        config,
        log: maintenanceLog,
      }),
    ),
  );

  const whileOpen =
    (handler: RouteHandler): RouteHandler =>
    (request, caller) => {
      if (isClosing) throw new Overloaded('the server is closing');
      return handler(request, caller);
    };
  const { bodyBytesMax, bufferBytesMax } = config.ingest;
  const ingestRoute = createIngestRoute(meteredStoreBody({ ingest, bodyBytesMax }, meters.ingest('http')));
  const { subscriptions } = graphql;
  const scrape = createScrape({
    registry,
    sql: watcher,
    batcher,
    writers,
    breaker,
    spool,
    redisQueue,
    hub,
    subscriptions,
    config,
  });
  const routes: Route[] = [
    { path: '/', methods: ['GET'], handle: () => redirect(GRAPHQL_PATH) },
    {
      path: GRAPHQL_PATH,
      methods: ['GET', 'POST'],
      ...{ handle: graphql.handle, isOpen: graphql.isPage, refuse: graphql.refuse },
    },
    { path: '/ingest', methods: ['POST'], handle: whileOpen(ingestRoute) },
    ...healthRoutes(services.health, () => isClosing, auth === 'required'),
    metricsRoute(scrape, config.metricsOpen),
  ];
  const observeResponse = meters.responses(routes.map(routeName));
  const handle = createHandle({
    routes,
    trust,
    gate,
    limits: addressLimits,
    log: httpLog,
    onResponse: (route, status, seconds) => observeResponse(route && routeName(route), status, seconds),
  });
  const url = await listen(http, config.host, config.port);
  selfLog?.storeIn({ ingest, batcher, bufferBytesMax, log });
  opening.defer(() => {
    isClosing = true;
    embedded?.expectEnd();
    http.close();
    selfLog?.end();
    // Already now, beside the steps that follow: tasks and clients that hang must not take the time that storing needs.
    closeIngest().catch(() => {});
  });
  const opened = opening.move();
  return {
    url,
    handle,
    routes: routes.map(pathOf),
    auth,
    firstKey: keys.firstKey,
    embedded: embedded ? (embedded.takenOver ? 'taken over' : 'started') : 'none',
    failed: embedded?.failed ?? new Promise(() => {}),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function finishResponses(http: HttpServer): Promise<void> {
  http.closeIdleConnections();
  await waitUntil(async () => (await connections(http)) === 0, { everyMs: 20, withinMs: FINISH_MS });
  http.closeAllConnections();
}

async function endSubscriptions(hub: Hub): Promise<void> {
  hub.close();
  await waitUntil(() => hub.subscriptions === 0, { everyMs: 10, withinMs: FINISH_MS });
}

/** Later calls get the result of the first. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

const redirect = (location: string): Response => new Response(null, { status: 302, headers: { location } });

const connections = (http: HttpServer): Promise<number> =>
  new Promise((resolve) => http.getConnections((_error, count) => resolve(count ?? 0)));

interface LogsDatabase extends LateDatabase {
  /** Its `database_id`. */
  id: string;
}

/** Migrates the database. If it is away, and this server has used it before, the server starts without it and the spool serves. */
async function openDatabase(url: string, config: Config, log: Logger): Promise<LogsDatabase> {
  try {
    await migrate(url, ({ message }) =>
      log.warn({ reason: message }, 'the logs database does not respond; trying again'),
    );
  } catch (error) {
    const known =
      error instanceof DatabaseAway && mayFallBack(config)
        ? await readKnownDatabase(config.fallback.folder, url)
        : undefined;
    // Records that a newer version accepted for a newer schema are not ours to take.
    if (!known || known.schemaVersion > (await listMigrations()).length) throw error;
    const { message } = error as DatabaseAway;
    log.error({ reason: message }, 'the logs database is away: records go to the spool until it comes');
    const id = known.databaseId;
    const late = awaitDatabase({
      url,
      databaseId: id,
      problem: message,
      log,
      onMigrated: () => remember(config, id, log),
    });
    return Object.assign(late, { id });
  }
  const id = (await readIdOf(url))!;
  return { id, problem: null, came: Promise.resolve(), [Symbol.asyncDispose]: async () => {} };
}

/** Writes down which database this server uses, for a start without it. */
async function remember({ logsDatabaseUrl, fallback }: Config, databaseId: string, log: Logger): Promise<void> {
  if (logsDatabaseUrl === null) return;
  const known = { databaseId, schemaVersion: (await listMigrations()).length };
  await writeKnownDatabase(fallback.folder, logsDatabaseUrl, known).catch((err: unknown) =>
    log.warn({ err }, 'the spool folder cannot be written: a start without the logs database will fail'),
  );
}

const mayFallBack = ({ faultTolerance, fallback }: Config): boolean => faultTolerance && fallback.enabled;

/** Starts a resource at a later time. If the server closes before, the resource is never started. */
function startWhen(time: Promise<void>, start: () => AsyncDisposable): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  void time.then(() => {
    if (!stack.disposed) stack.use(start());
  });
  return stack;
}

/** Servers of one logs database share a channel. Its name comes from the database, because servers may use different URLs for it. */
function openBus({ redisUrl }: Config, databaseId: string, log: Logger): Bus {
  if (!redisUrl) return createInProcessBus();
  const channel = `weir:${databaseId}:batches`;
  return createRedisBus({ url: redisUrl, channel, log: log.child({ component: 'bus' }) });
}

function openQueue(
  { redisUrl, queue, queueStamp }: Config,
  ingest: Ingest,
  meters: Meters,
  spool: Spool,
  log: Logger,
): RedisQueue | null {
  if (!redisUrl) return null;
  const meter = meters.ingest('redis');
  return createRedisQueue({
    url: redisUrl,
    // The queue has no key: access to Redis is its key. Rejected pieces count once, when they are set aside.
    ingest: meteredIngest(ingest, { ...meter, rejected: () => {} }).as({ ...ANYONE, stamp: queueStamp }),
    async deadLetter(rejected) {
      await spool.deadLetters.add(rejected.map(({ letter }) => letter));
      for (const { code } of rejected) meter.rejected(code);
    },
    log: log.child({ component: 'queue' }),
    claimAfterMs: queue.claimAfterMs,
  });
}
