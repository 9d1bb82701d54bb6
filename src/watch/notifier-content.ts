import type { Notifier, NotifierContent, NotifierKind } from '../db/alerts/notifiers.ts';
import { BadUserInput } from '../errors.ts';
import { storableText } from '../log/json.ts';
import { isHttp, isMailAddress } from './delivery/target.ts';
import { nameOf } from './search-content.ts';

/** `NotifierInput` of the schema, which says what each field means. */
export interface NotifierInput {
  name: string;
  kind: NotifierKind;
  target?: string | null | undefined;
  secret?: string | null | undefined;
}

const TARGET_LENGTH_MAX = 2048;
const SECRET_LENGTH_MAX = 1000;
const ADDRESSES_MAX = 20;

/**
 * Checked, and in stored form. What is left out is as in `before`.
 * @throws BadUserInput; its message repeats neither target nor secret
 */
export function parseNotifier(
  { name, kind, target, secret }: NotifierInput,
  before: Pick<Notifier, 'target' | 'secret'> | null,
): NotifierContent {
  const given = target ?? before?.target;
  if (given === undefined) throw new BadUserInput('input.target: expected a target for a new notifier, got none');
  return {
    name: nameOf(name),
    kind,
    target: targetOf(kind, storableText(given.trim())),
    secret: secretOf(kind, secret, before),
  };
}

function targetOf(kind: NotifierKind, target: string): string {
  if (target.length > TARGET_LENGTH_MAX) {
    throw new BadUserInput(`input.target: expected at most ${TARGET_LENGTH_MAX} characters, got ${target.length}`);
  }
  return kind === 'EMAIL' ? addressesIn(target).join(', ') : urlOf(target);
}

function urlOf(target: string): string {
  const url = URL.parse(target);
  if (url && isHttp(url)) return url.href;
  throw new BadUserInput('input.target: expected a URL that begins with http:// or https://, got another text');
}

function addressesIn(target: string): string[] {
  const addresses = target.split(',').map((address) => address.trim());
  if (addresses.length > ADDRESSES_MAX) {
    throw new BadUserInput(`input.target: expected at most ${ADDRESSES_MAX} addresses, got ${addresses.length}`);
  }
  if (addresses.every(isMailAddress)) return addresses;
  throw new BadUserInput(
    'input.target: expected mail addresses such as ops@example.com, separated by commas, got another text',
  );
}

function secretOf(
  kind: NotifierKind,
  given: string | null | undefined,
  before: Pick<Notifier, 'secret'> | null,
): string | null {
  const secret = given === undefined || given === null ? null : storableText(given);
  if (kind !== 'WEBHOOK') {
    if (secret) throw new BadUserInput(`input.secret: expected none for ${kind}, got one: only a WEBHOOK is signed`);
    return null;
  }
  if (secret === null) return before?.secret ?? null;
  if (secret.length > SECRET_LENGTH_MAX) {
    throw new BadUserInput(`input.secret: expected at most ${SECRET_LENGTH_MAX} characters, got ${secret.length}`);
  }
  return secret === '' ? null : secret;
}

/** Without user, path and query, which may hold a secret. */
export function shownTarget({ kind, target }: Pick<Notifier, 'kind' | 'target'>): string {
  if (kind === 'EMAIL') return target;
  const url = URL.parse(target);
  return url === null ? '' : `${url.protocol}//${url.host}`;
}
