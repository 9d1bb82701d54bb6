import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { CannotStart } from '../../errors.ts';
import { withTimeLimit } from '../../timing/time-limit.ts';

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type TlsMode = (typeof MODES)[number];

/** What the parameters of a URL say about TLS. Both drivers would read them, each with a meaning of its own. */
const PARAMETERS = ['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword'];
const PORT = 5432;
/** PostgreSQL manual, Message Formats, "SSLRequest". */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const YES = 'S'.charCodeAt(0);

/** Options of `tls.connect`. `isOptional`: without TLS too, if the server offers none. */
export type TlsOptions = ConnectionOptions & { isOptional: boolean };

export interface DatabaseAddress {
  /** Without parameters about TLS. */
  url: string;
  mode: TlsMode;
  /** Null: no TLS. */
  tls: TlsOptions | null;
}

/**
 * Reads what a database URL says about TLS, with the meaning that libpq gives it. Every connection to the logs database takes
 * its TLS options from here. `allow` is as `prefer`, which also is the default. `require` with `sslrootcert` is `verify-ca`.
 * Without `sslrootcert`, the roots that Node trusts count. A unix socket has no TLS.
 * Format: PostgreSQL manual, libpq, "SSL Mode Descriptions".
 * @throws CannotStart an unknown mode, or a file that cannot be read
 */
export function databaseAddress(raw: string): DatabaseAddress {
  const url = new URL(raw);
  const given = new Map(PARAMETERS.map((name) => [name, url.searchParams.get(name)]));
  const saysNothing = PARAMETERS.every((name) => !url.searchParams.has(name));
  for (const name of PARAMETERS) url.searchParams.delete(name);
  const mode = modeOf(given.get('sslmode') ?? (given.get('ssl') === 'true' ? 'require' : 'prefer'));
  const hasTls = mode !== 'disable' && !decodeURIComponent(url.hostname).startsWith('/');
  return { url: saysNothing ? raw : url.href, mode, tls: hasTls ? tlsOptions(mode, url.hostname, given) : null };
}

function modeOf(text: string): TlsMode {
  const mode = MODES.find((one) => one === text);
  if (mode) return mode;
  throw new CannotStart(
    `LOGS_DATABASE_URL: expected sslmode to be one of ${MODES.join(', ')}, got ${JSON.stringify(text)}`,
  );
}

function tlsOptions(mode: TlsMode, hostname: string, given: Map<string, string | null>): TlsOptions {
  const isOptional = mode === 'allow' || mode === 'prefer';
  const rootFile = given.get('sslrootcert');
  const certFile = given.get('sslcert');
  const keyFile = given.get('sslkey');
  const password = given.get('sslpassword');
  const host = hostname.replace(/^\[|\]$/g, '');
  const isVerified = mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && rootFile);
  return {
    isOptional,
    rejectUnauthorized: Boolean(isVerified),
    checkServerIdentity: (_name, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
    ...(isVerified && rootFile && rootFile !== 'system' && { ca: readGiven('sslrootcert', rootFile) }),
    ...(certFile && { cert: readGiven('sslcert', certFile) }),
    ...(keyFile && { key: readGiven('sslkey', keyFile) }),
    ...(password && { passphrase: password }),
  };
}

function readGiven(parameter: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CannotStart(`LOGS_DATABASE_URL: expected a file at ${parameter}, got: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * The TLS options for one connection of the driver pg, which cannot ask the server and go on without TLS: so this asks, over a
 * connection of its own. False: no TLS. @throws the server cannot be reached, or offers no TLS although the mode requires it
 */
export async function negotiateTls({ url, tls }: DatabaseAddress, withinMs: number): Promise<TlsOptions | false> {
  if (!tls) return false;
  if (await offersTls(new URL(url), withinMs)) return tls;
  if (tls.isOptional) return false;
  throw Object.assign(new Error('the server offers no TLS'), { code: 'TLS_NOT_OFFERED' });
}

async function offersTls({ hostname, port }: URL, withinMs: number): Promise<boolean> {
  const socket = createConnection(Number(port) || PORT, hostname.replace(/^\[|\]$/g, '') || 'localhost');
  const late = () => Object.assign(new Error(`no response within ${withinMs} ms`), { code: 'ETIMEDOUT' });
  try {
    socket.write(SSL_REQUEST);
    const [response] = await withTimeLimit(firstData(socket), withinMs, late);
    return response[0] === YES;
  } finally {
    socket.destroy();
  }
}

async function firstData(socket: ReturnType<typeof createConnection>): Promise<[Buffer]> {
  socket.on('end', () => socket.destroy(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
  return (await once(socket, 'data')) as [Buffer];
}

const TLS_ERROR = /^(TLS_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;

/** What to do about an error of TLS; undefined for any other error. */
export function tlsAdvice(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !TLS_ERROR.test(code)) return undefined;
  return code === 'TLS_NOT_OFFERED'
    ? 'Set ssl = on in PostgreSQL, or sslmode=disable in the URL.'
    : 'Name the root certificate of the server by sslrootcert=FILE, or set sslmode=require to encrypt without this check.';
}
