import type { ListenedPort, ListenedProtocol, ListenerConfig } from '../../listeners/listened-protocol.ts';
import { createSyslogFramer } from './syslog-framer.ts';
import { createSyslogReader } from './syslog-reader.ts';

export interface SyslogConfig extends ListenerConfig {
  readonly tlsPort: number | null;
  /** An IANA name: of times without an offset. */
  readonly timeZone: string;
}

export function syslogProtocol({ port, tlsPort, key, timeZone }: SyslogConfig): ListenedProtocol {
  const plain = (['udp', 'tcp'] as const).map((transport) => ({ transport, port, setting: 'SYSLOG_PORT' }));
  const ports = [...plain, { transport: 'tls' as const, port: tlsPort, setting: 'SYSLOG_TLS_PORT' }];
  return {
    name: 'syslog',
    ports: ports.filter((one): one is ListenedPort => one.port !== null),
    key: { setting: 'SYSLOG_KEY', hash: key?.hash ?? null },
    createFramer: createSyslogFramer,
    reader: createSyslogReader(timeZone),
  };
}
