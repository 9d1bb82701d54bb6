import type { Logger } from 'pino';
import { createAddressConnections } from '../access/address-connections.ts';
import type { AuthMode } from '../access/auth-mode.ts';
import { createNetworkCheck } from '../access/client-address.ts';
import type { KeyStore } from '../access/keys/key-store.ts';
import type { Config } from '../config.ts';
import { openCertificate } from '../http/certificate.ts';
import { isLoopback } from '../http/host.ts';
import { createDrops } from '../ingest/listeners/drops.ts';
import { createGatherer, type Message } from '../ingest/listeners/gatherer.ts';
import type { ListenedPort, ListenedProtocol } from '../ingest/listeners/listened-protocol.ts';
import type { ListenerReport } from '../ingest/listeners/listener-report.ts';
import { listenTcp, type TcpListener } from '../ingest/listeners/tcp-listener.ts';
import { listenUdp } from '../ingest/listeners/udp-listener.ts';
import { createUnfinishedMemory } from '../ingest/listeners/unfinished-memory.ts';
import { syslogProtocol } from '../ingest/receivers/syslog/syslog-protocol.ts';
import type { Ingest } from '../ingest/write/ingest.ts';
import { meteredIngest } from '../ingest/write/metered-ingest.ts';
import type { Meters } from '../metrics/meters.ts';
import { createListenerCaller } from './listener-caller.ts';

/** What all connections of all listeners together hold of messages that are not whole. */
const UNFINISHED_BYTES_MAX = 64 * 1024 * 1024;

interface ListenersDeps {
  config: Config;
  mode: AuthMode;
  keys: Pick<KeyStore, 'holderOf'>;
  ingest: Ingest;
  meters: Meters;
  log: Logger;
}

/** The ports that are not HTTP. */
export interface Listeners extends AsyncDisposable {
  /** @throws CannotStart a port is in use or not permitted */
  open(): Promise<void>;
  report(): ListenerReport[];
}

/** Disposing takes no more, and stores what was taken. @throws CannotStart a key is missing */
export function createListeners(deps: ListenersDeps): Listeners {
  const memory = createUnfinishedMemory(UNFINISHED_BYTES_MAX);
  const protocols = listened(deps.config).map((protocol) => createProtocolListeners(protocol, memory, deps));
  return {
    async open() {
      for (const { open } of protocols) await open();
    },
    report: () => protocols.map(({ report }) => report()),
    async [Symbol.asyncDispose]() {
      await Promise.all(protocols.map((protocol) => protocol[Symbol.asyncDispose]()));
    },
  };
}

/** The protocols that have a port. */
const listened = ({ listeners }: Config): ListenedProtocol[] =>
  [syslogProtocol(listeners.syslog)].filter(({ ports }) => ports.length > 0);

interface ProtocolListeners extends AsyncDisposable {
  open(): Promise<void>;
  report(): ListenerReport;
}

function createProtocolListeners(
  protocol: ListenedProtocol,
  memory: ReturnType<typeof createUnfinishedMemory>,
  { config, mode, keys, ingest, meters, log: serverLog }: ListenersDeps,
): ProtocolListeners {
  const { name, ports, key, createFramer, assemble, reader } = protocol;
  const { host, connections, listeners, trustedProxies } = config;
  const log = serverLog.child({ component: name });
  const sender = createListenerCaller(key, { mode, isOpen: listeners.isOpen, keys });
  const drops = createDrops((reason) => meters.dropped(name, reason));
  const gatherers = new AsyncDisposableStack();
  const sockets = new AsyncDisposableStack();
  const servers: TcpListener[] = [];
  const metered = meteredIngest(ingest, meters.ingest(name));
  const isListed = listeners.allow.length === 0 ? () => true : createNetworkCheck(listeners.allow);
  const refusal = (address: string): 'address' | 'refused' | undefined =>
    isListed(address) ? (sender.problem() === null ? undefined : 'refused') : 'address';
  const isProxy = createNetworkCheck(trustedProxies);
  const addressConnections = createAddressConnections(
    connections.maxPerAddress,
    (address) => isLoopback(address) || isProxy(address),
  );

  async function listen({ transport, port, setting }: ListenedPort): Promise<void> {
    // One for each port: connections that fill theirs must not make datagrams be dropped.
    const gatherer = gatherers.use(
      createGatherer({ ingest: metered, caller: sender.caller, reader, countDrop: drops.count, log }),
    );
    const shared = { host, port, setting, refusal, countDrop: drops.count, log };
    if (transport === 'udp') {
      const take = ({ bytes, peer }: Message): void => {
        const message = assemble ? assemble(bytes, peer) : bytes;
        if (message) gatherer.take({ bytes: message, peer });
      };
      sockets.use(await listenUdp({ ...shared, take, isFull: () => gatherer.isFull }));
      return;
    }
    const server = await listenTcp({
      ...shared,
      certificate: transport === 'tls' ? await openCertificate(config.tls!, log) : null,
      createFramer,
      gatherer,
      connectionsMax: connections.max,
      addressConnections,
      memory,
      handshakeTimeoutMs: connections.headersTimeoutMs,
    });
    servers.push(sockets.use(server));
  }

  return {
    async open() {
      for (const port of ports) await listen(port);
      if (sender.isOpen) log.warn({ protocol: name }, 'everyone who reaches this port may store records without a key');
    },
    report: () => ({
      protocol: name,
      connections: servers.reduce((sum, server) => sum + server.connections, 0),
      problem: sender.problem(),
      isOpen: sender.isOpen,
      tooFast: drops.tooFast(),
    }),
    async [Symbol.asyncDispose]() {
      await sockets.disposeAsync();
      await gatherers.disposeAsync();
    },
  };
}
