import type { Logger } from 'pino';
import type { AuthMode } from './access/auth-mode.ts';
import { createClientAddress, createNetworkCheck } from './access/client-address.ts';
import { createRecordRates } from './access/record-rates.ts';
import type { Config } from './config.ts';
import { createLiveServers } from './db/connection/live-servers.ts';
import { startEmbedded } from './db/embedded/embedded-postgres.ts';
import type { FirstKey } from './db/keys/first-key.ts';
import { createRecordPartitions } from './db/partitions/partition-keeper.ts';
import { createArchivedUids } from './db/write/archived-uids.ts';
import { type CannotStart, Overloaded } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { createHealthMonitor } from './health/monitor.ts';
import { createAddressLimits } from './http/address-limits.ts';
import { openCertificate } from './http/certificate.ts';
import { createExports } from './http/export/exports.ts';
import { createGraphql, GRAPHQL_PATH } from './http/graphql/graphql.ts';
import { createHandle, type Handle } from './http/handle.ts';
import { healthRoutes } from './http/health-routes.ts';
import { isLoopback } from './http/host.ts';
import { type AddressOf, createHttpServer, listen } from './http/listen.ts';
import { lokiRoute } from './http/loki/loki-routes.ts';
import { lokiTail } from './http/loki/loki-tail.ts';
import { mcpRoute } from './http/mcp/mcp.ts';
import { metricsRoute } from './http/metrics-route.ts';
import { createPage, PAGE_FOLDER } from './http/page/page.ts';
import { pathOf, type Route, type RouteHandler, routeName } from './http/route.ts';
import { sessionRoute } from './http/session-route.ts';
import type { Trust } from './http/trust.ts';
import { serveWebsocket } from './http/websocket/websocket.ts';
import { createSelfLog } from './ingest/self-log/self-log.ts';
import { openSpool } from './ingest/spool/spool.ts';
import { createBatcher } from './ingest/write/batcher.ts';
import { createBreaker, holdBreaker } from './ingest/write/breaker.ts';
import { createIngest } from './ingest/write/ingest.ts';
import { meteredIngest } from './ingest/write/metered-ingest.ts';
import { createWriters } from './ingest/write/writers.ts';
import { createHub } from './live/hub.ts';
import { createRunWatches } from './live/run-watches.ts';
import { createTickers } from './live/ticker.ts';
import { createRedactor } from './log/redact/redactor.ts';
import { alsoTo, SERIALIZERS } from './logger.ts';
import { startMaintenance } from './maintenance/maintenance.ts';
import { createMeters } from './metrics/meters.ts';
import { createRegistry } from './metrics/registry.ts';
import { watchLoop } from './metrics/scrape/loop-watch.ts';
import { createScrape } from './metrics/scrape/scrape.ts';
import { openAccess } from './server/access.ts';
import { openDeliveries, openEvaluator } from './server/alerts.ts';
import { createArchiveKeeper, openServerArchive } from './server/archive.ts';
import { openGrpcServer } from './server/grpc.ts';
import { ingestRoutes } from './server/ingest-routes.ts';
import { endSubscriptions, finishResponses, once, startWhen } from './server/lifetime.ts';
import { createListeners } from './server/listeners.ts';
import { mayFallBack, openDatabase, remember } from './server/logs-database.ts';
import { openPools } from './server/pools.ts';
import { openPrices } from './server/prices.ts';
import { openBus, openQueue } from './server/redis.ts';
import { createBacklog } from './watch/backlog.ts';
import { createPatternPlaces } from './watch/patterns/pattern-places.ts';
import { createSearchCounts } from './watch/search-counts.ts';
import { readServerId } from './watch/server-id.ts';

/** Without fault tolerance each failure goes straight to the sender. */
const NEVER_OPEN = { threshold: Number.POSITIVE_INFINITY, timeoutMs: 0 };
const NO_RETRY = { attempts: 0, delayMs: 0 };
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
  const archiveLog = log.child({ component: 'archive' });
  const archive = own(await openServerArchive(config, meters.archive, archiveLog));
  const pools = own(openPools({ databaseUrl, queryTimeoutMs: config.queryTimeoutMs, meters, archive, problem }));
  const archiveKeeper = createArchiveKeeper({
    ...{ databaseUrl, sql: pools.maintainers, archive, config },
    ...{ observe: meters.archive, log: archiveLog },
  });
  if (database.problem === null) await archiveKeeper.lookForArchive();
  const access = own(await openAccess(config, pools.keys, database, log.child({ component: 'access' })));
  const bus = own(openBus(config, database.id, log));

  let isClosing = false;
  const httpLog = log.child({ component: 'http' });
  const clientAddress = createClientAddress(config.trustedProxies);
  const addressOf: AddressOf = ({ socket, headers }) =>
    clientAddress(socket.remoteAddress, (name) => headers[name]?.toString() ?? null);
  const addressLimits = createAddressLimits(config.addresses);
  const isProxy = createNetworkCheck(config.trustedProxies);
  const http = opening.adopt(
    createHttpServer({
      handle: (request, address) => handle(request, address),
      certificate: config.tls && (await openCertificate(config.tls, httpLog)),
      addressOf,
      limits: addressLimits,
      connections: config.connections,
      isProxy,
      stallTimeoutMs: config.subscriptions.stallTimeoutMs,
      log: httpLog,
    }),
    finishResponses,
  );
  const hub = createHub({
    ...{ sql: pools.deliverers, replaySql: pools.replayers, bus },
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
  const searchCounts = createSearchCounts(pools.maintainers, log.child({ component: 'searches' }));
  if (database.problem === null) await searchCounts.refresh();
  const writers = createWriters({
    count: config.ingest.writers,
    databaseUrl,
    batcher,
    partitions: createRecordPartitions(pools.keeper),
    archivedUids: createArchivedUids(pools.lookers),
    breaker,
    retry: config.faultTolerance ? config.retry : NO_RETRY,
    spool,
    mayFallBack: mayFallBack(config),
    publish: (batch) => {
      searchCounts.count(batch.records ?? []);
      bus.publish(batch);
    },
    onAttempt: meters.statements('write'),
    log: ingestLog,
  });
  embedded?.onRestart(writers.databaseStarted);
  const servers = createLiveServers(pools.maintainers, archive);
  const redactor = config.redact && createRedactor(config.redact);
  const prices = await openPrices(config, database.problem === null ? pools.keeper : null, meters);
  const ingest = createIngest(
    batcher,
    { ...config.arrival, redactor, prices },
    createRecordRates(() => servers.count),
  );
  const redisQueue = openQueue(config, ingest, meters, spool, log);
  const listeners = createListeners({ config, mode: access.mode, keys: access.keys, ingest, meters, log });
  const closeIngest = once(async () => {
    await Promise.all([redisQueue?.[Symbol.asyncDispose](), listeners[Symbol.asyncDispose]()]);
    await writers[Symbol.asyncDispose]();
  });
  const serverId = await readServerId(config.fallback.folder);
  const backlog = own(createBacklog(pools.teller, serverId, { batcher, spool, redisQueue }));
  opening.defer(closeIngest);
  const alertsLog = log.child({ component: 'alerts' });
  const deliveries = own(openDeliveries(config, pools.senders, meters, alertsLog));
  /** What health and metrics read. */
  const watched = {
    ...{ sql: pools.watcher, batcher, writers, breaker, spool, redisQueue },
    ...{ listeners, archive: archiveKeeper, hub, config },
  };
  const services = {
    config,
    sql: pools.readers,
    cleanups: pools.cleaners,
    hub,
    tickers: createTickers(),
    runWatches: createRunWatches(),
    log,
    ingest: meteredIngest(ingest, meters.ingest('graphql')),
    keys: { sql: pools.keys, refresh: access.keys.refresh },
    searchCounts,
    patternPlaces: createPatternPlaces(),
    deliveries,
    health: createHealthMonitor({
      ...watched,
      bus,
      awaited: problem,
      access: () => ({
        mode: access.mode,
        openHost: isLoopback(config.host) ? null : config.host,
        isEncrypted: config.tls !== null || config.trustedProxies.length > 0,
        hasQueue: redisQueue !== null,
        firstKey: access.keys.firstKey,
      }),
    }),
  };
  const trust: Trust = {
    hosts: { allowed: config.allowHosts, listensOn: config.host },
    origins: config.allowOrigins,
    tls: config.tls !== null,
  };
  const graphql = createGraphql(services, meters.graphql);
  const exports = createExports({
    openOperation: graphql.openOperation,
    config,
    log: log.child({ component: 'export' }),
  });
  own(
    serveWebsocket(http, {
      graphql,
      limits: config.socket,
      stallTimeoutMs: config.subscriptions.stallTimeoutMs,
      trust,
      gate: access.gate,
      addressLimits,
      addressOf,
      routes: [lokiTail({ hub, subscriptions: graphql.subscriptions })],
    }),
  );
  opening.adopt(hub, endSubscriptions);
  own(
    startWhen(database.came, () =>
      startMaintenance({
        databaseUrl,
        sql: pools.maintainers,
        cleanups: pools.cleaners,
        batcher,
        servers,
        backlog,
        searchCounts,
        config,
        log: log.child({ component: 'maintenance' }),
        archiveTasks: archiveKeeper.tasks,
      }),
    ),
  );
  const evaluator = own(
    openEvaluator({ databaseUrl, sql: pools.alerts, ready: database.came, deliveries, meters, log: alertsLog }),
  );

  const whileOpen =
    (handler: RouteHandler): RouteHandler =>
    (request, caller) => {
      if (isClosing) throw new Overloaded('the server is closing');
      return handler(request, caller);
    };
  const { bodyBytesMax, bufferBytesMax, mayDedupe } = config.ingest;
  const scrape = createScrape({ ...watched, registry, subscriptions: graphql.subscriptions, searchCounts, evaluator });
  const page = createPage(PAGE_FOLDER);
  const routes: Route[] = [
    {
      path: GRAPHQL_PATH,
      methods: ['GET', 'POST'],
      ...{ handle: graphql.handle, isOpen: graphql.isPage, refuse: graphql.refuse },
      takesSession: true,
    },
    ...((config.mcp ?? access.mode === 'required') ? [mcpRoute(graphql)] : []),
    { path: '/export', methods: ['GET'], handle: whileOpen(exports.handle), takesSession: true },
    lokiRoute({ openOperation: graphql.openOperation, patternPlaces: services.patternPlaces, config }, whileOpen),
    sessionRoute(access.session),
    ...ingestRoutes({ ingest, bodyBytesMax, mayDedupe, page: page.home, meters, whileOpen }),
    ...page.routes,
    ...healthRoutes(services.health, () => isClosing, access.mode === 'required'),
    metricsRoute(scrape, config.metricsOpen),
  ];
  const observeResponse = meters.responses(routes.map(routeName));
  const handle = createHandle({
    routes,
    trust,
    gate: access.gate,
    limits: addressLimits,
    log: httpLog,
    onResponse: (route, status, seconds) => observeResponse(route && routeName(route), status, seconds),
  });
  await listeners.open();
  if (config.otlpGrpcPort !== null) {
    const grpc = await openGrpcServer(config, { handle, limits: addressLimits, isProxy, log: httpLog });
    await own(grpc).listen(config.host, config.otlpGrpcPort);
  }
  const url = await listen(http, config.host, config.port);
  selfLog?.storeIn({ ingest, batcher, bufferBytesMax, log });
  opening.defer(() => {
    isClosing = true;
    exports[Symbol.dispose]();
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
    auth: access.mode,
    firstKey: access.keys.firstKey,
    embedded: embedded ? (embedded.takenOver ? 'taken over' : 'started') : 'none',
    failed: embedded?.failed ?? new Promise(() => {}),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
