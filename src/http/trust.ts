import { BadRequest, HostNotAllowed, OriginNotAllowed } from '../errors.ts';
import { shown } from '../log/shown.ts';
import { type Hosts, hostOf, isHostAllowed, isLoopback } from './host.ts';
import { isSenderAllowed, type Sender } from './origin.ts';

/** Which names and pages may be used with this server. */
export interface Trust {
  hosts: Hosts;
  /** Origins allowed besides this server's own; `*` allows all. */
  origins: readonly string[];
  /** Clients reach this server over TLS without a proxy. */
  tls: boolean;
}

/**
 * `hasKey`: a valid key came with the request. A page under an attacker's name has none, so the name is then not checked.
 * @throws BadRequest, HostNotAllowed, OriginNotAllowed
 */
export function checkSender(sender: Sender, { hosts, origins, tls }: Trust, hasKey: boolean): void {
  if (!hasKey) checkHost(sender.host, hosts);
  if (isSenderAllowed(sender, { allowed: origins, loopbackOnly: isLoopback(hosts.listensOn), tls })) return;
  const page = sender.origin === null ? `a page of another site` : shown(sender.origin);
  throw new OriginNotAllowed(
    `expected a page of this server, or of an origin in ALLOW_ORIGINS, got ${page}. Add the origin of the page to ALLOW_ORIGINS`,
  );
}

/** A request without a host comes from an old program: a browser always sends one. */
function checkHost(header: string | null, hosts: Hosts): void {
  if (!header) return;
  const host = hostOf(header);
  if (host === undefined) throw new BadRequest(`Host: expected a host name or an IP address, got ${shown(header)}`);
  if (isHostAllowed(host, hosts)) return;
  throw new HostNotAllowed(
    `Host: expected a name of this server, got ${shown(host)}. Add the name to ALLOW_HOSTS if it belongs to this server`,
  );
}
