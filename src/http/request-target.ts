import type { IncomingMessage } from 'node:http';
import { BadRequest } from '../errors.ts';
import { shown } from '../log/shown.ts';
import { hostOf } from './host.ts';

/**
 * Makes `url` a path and `headers.host` the host that the client addressed. A client may send the whole URL as target
 * (`GET http://host/path`). Its host then counts instead of the header (RFC 9112, 3.2.2).
 * @throws BadRequest the target or the host is malformed
 */
export function readTarget(request: IncomingMessage): void {
  const { httpVersion, rawHeaders, url = '' } = request;
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === 'host') hosts++;
  if (hosts > 1) throw new BadRequest('Host: expected one, got several');
  if (hosts === 0 && httpVersion === '1.1') throw new BadRequest('Host: expected one, got none');
  if (!url.startsWith('/')) readAbsoluteTarget(request, url);
  const { host } = request.headers;
  if (host && hostOf(host) === undefined) throw badHost(host);
}

function readAbsoluteTarget(request: IncomingMessage, target: string): void {
  const parts = /^https?:\/\/([^/?#]+)([^#]*)$/i.exec(target);
  if (!parts) throw new BadRequest(`expected a path as the target of the request, got ${shown(target)}`);
  const [, host = '', path = ''] = parts;
  request.headers.host = host;
  request.url = path.startsWith('/') ? path : `/${path}`;
}

const badHost = (host: string): BadRequest =>
  new BadRequest(`Host: expected a host name or an IP address, with or without a port, got ${shown(host)}`);
