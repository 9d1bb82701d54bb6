import type { ListenedPort, ListenedProtocol } from '../../listeners/listened-protocol.ts';
import { createSyslogFramer } from './syslog-framer.ts';
import { createSyslogReader } from './syslog-reader.ts';

export interface SyslogConfig {
  /** UDP and TCP. Null: neither. */
  readonly port: number | null;
  readonly tlsPort: number | null;
  /** The key with which records are stored. */
  readonly key: { readonly hash: string } | null;
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
