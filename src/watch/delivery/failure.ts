/** An attempt to send a notification failed. Its message is shown: it holds nothing of the target or of a response. */
export class AttemptFailed extends Error {
  /** The target asked not to be tried again before this time has passed. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** An attempt takes no longer than this, from resolving the name to the response. */
export const ATTEMPT_MS = 10_000;

const NO_RESPONSE = `no response within ${ATTEMPT_MS / 1000} s`;

/** What the codes of Node and of nodemailer mean. Their messages are never shown: they name hosts and repeat responses. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before a response',
  EPIPE: 'the connection was closed before a response',
  ECONNECTION: 'the connection was closed before a response',
  ENOTFOUND: 'the name of the target has no address',
  EAI_AGAIN: 'the name of the target could not be resolved',
  EDNS: 'the name of the mail server could not be resolved',
  EHOSTUNREACH: 'the host of the target cannot be reached',
  ENETUNREACH: 'the network of the target cannot be reached',
  ETIMEDOUT: NO_RESPONSE,
  EAUTH: 'the mail server refused the login of SMTP_URL',
  EENVELOPE: 'the mail server refused the addresses',
};

const TLS_CODE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|ETLS$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH$)/;
const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;

/** Why an attempt failed: a status, or the kind of failure. Never a part of an error's message, a URL or a response. */
export function shownFailure(error: unknown): string {
  if (error instanceof AttemptFailed) return error.message;
  const { name, code, originalCode, responseCode } = Object(error) as Record<string, unknown>;
  if (name === 'TimeoutError') return NO_RESPONSE;
  const kind = [originalCode, code].find((one): one is string => typeof one === 'string' && CODE.test(one)) ?? '';
  const status = typeof responseCode === 'number' ? ` (status ${responseCode})` : '';
  return `${meaningOf(kind)}${status}`;
}

function meaningOf(code: string): string {
  const known = MEANINGS[code];
  if (known !== undefined) return known;
  if (TLS_CODE.test(code)) return `TLS failed (${code})`;
  if (code.startsWith('HPE_')) return 'the response is not HTTP';
  return code === '' ? 'the attempt failed' : `the attempt failed (${code})`;
}
