/** The letters of a name: `Client-Secret`, `client_secret` and `clientSecret` are one name. */
const normalized = (name: string): string => name.replace(/[_.-]/g, '').toLowerCase();

/**
 * Names whose text value is a secret. A name counts only as a whole: `max_tokens` and `token_count` are others. Headers have
 * the names that OpenTelemetry gives them too.
 */
const SECRET_KEYS: ReadonlySet<string> = new Set(
  [
    'password passwd pwd passphrase pass_word user_password db_password database_password',
    'old_password new_password current_password confirm_password password_confirmation',
    'secret client_secret app_secret shared_secret api_secret consumer_secret webhook_secret jwt_secret session_secret',
    'token access_token refresh_token id_token auth_token bearer_token session_token security_token api_token csrf_token',
    'oauth_token personal_access_token x_auth_token x_access_token x_csrf_token x_xsrf_token x_amz_security_token',
    'api_key apikey x_api_key secret_key private_key access_key_secret secret_access_key aws_secret_access_key',
    'aws_session_token account_key encryption_key signing_key master_key',
    'authorization proxy_authorization cookie set_cookie',
    'http.request.header.authorization http.request.header.proxy-authorization http.request.header.cookie',
    'http.request.header.x-api-key http.response.header.set-cookie',
    'credit_card_number card_number cvv cvc cvv2',
  ]
    .join(' ')
    .split(' ')
    .map(normalized),
);

/** The kind of secret under a name; undefined if its value is none. */
export type KindOfKey = (name: string) => string | undefined;

/** Names whose kind is remembered. Records of one sender have the same few names. */
const NAMES_KEPT_MAX = 10_000;

export function createSecretKeys(more: readonly string[], fewer: readonly string[]): KindOfKey {
  const names = new Set([...SECRET_KEYS, ...more.map(normalized)]).difference(new Set(fewer.map(normalized)));
  const longest = Math.max(...Array.from(names, ({ length }) => length));
  const known = new Map<string, string | undefined>();
  return (name) => {
    // Twice as long: with a separator after each letter.
    if (name.length > 2 * longest) return undefined;
    const kind = known.get(name);
    if (kind !== undefined || known.has(name)) return kind;
    const letters = normalized(name);
    if (known.size >= NAMES_KEPT_MAX) known.clear();
    known.set(name, names.has(letters) ? letters : undefined);
    return known.get(name);
  };
}
