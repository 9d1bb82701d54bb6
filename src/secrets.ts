/** What stands in an output instead of a secret. */
const HIDDEN = '***';
const CAUSES_MAX = 5;
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i;
const PARAMETER = /[?&](?:password|sslpassword)=([^&#]*)/g;

/** The passwords in these URLs, as they are written and as they are meant. A URL need not be valid. */
export function secretsOf(urls: readonly (string | null | undefined)[]): string[] {
  const written = urls.flatMap((url) => {
    const userInfo = USER_INFO.exec(url ?? '')?.[1] ?? '';
    const password = userInfo.includes(':') ? userInfo.slice(userInfo.indexOf(':') + 1) : '';
    return [password, ...Array.from((url ?? '').matchAll(PARAMETER), ([, value]) => value!)];
  });
  const all = new Set(written.flatMap((secret) => [secret, decoded(secret)]).filter((secret) => secret !== ''));
  // A secret may be part of another one.
  return [...all].toSorted((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const hideSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);

/** A copy of a JSON value without the secrets in its texts. Names stay. */
export function hideSecretsIn<T>(value: T, secrets: readonly string[]): T {
  if (typeof value === 'string') return hideSecrets(value, secrets) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => hideSecretsIn(one, secrets)) as T;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hideSecretsIn(one, secrets)])) as T;
}

interface ShownError {
  type: string;
  message: string;
  stack: string | undefined;
  code?: unknown;
  cause?: ShownError;
  errors?: ShownError[];
}

/**
 * An error for the log. Its other properties stay out: ioredis adds the failed command, which may be AUTH with the password,
 * and drivers of PostgreSQL add the connection's options, statements and values.
 */
export function shownError(error: unknown, depth = 0): ShownError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: undefined };
  const { cause } = error;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(code !== undefined && { code }),
    ...(cause instanceof Error && depth < CAUSES_MAX && { cause: shownError(cause, depth + 1) }),
    ...(Array.isArray(errors) && depth < CAUSES_MAX && { errors: errors.map((one) => shownError(one, depth + 1)) }),
  };
}
