import type { Logger } from 'pino';
import type { AuthMode } from '../access/auth-mode.ts';
import { ANYONE, type Caller, callerAt, NOBODY } from '../access/caller.ts';
import { type Header, presentedKey } from '../access/credentials.ts';
import type { KeyStore } from '../access/keys/key-store.ts';
import { type Need, requireRight } from '../access/rights.ts';
import type { SessionCookie } from '../access/session-cookie.ts';
import { AuthNotSet, TooManyAttempts, Unauthenticated } from '../errors.ts';
import { shown } from '../log/shown.ts';
import { createFailedAttempts } from './failed-attempts.ts';
import { hostOf, isLoopback } from './host.ts';

/** The headers of a request, and the address that it came from where that is known. */
export interface Asking {
  header: Header;
  /** In lower case. */
  headerNames: Iterable<string>;
  address: string | undefined;
  /** Whether the cookie of a session counts: see `mayUseSession`. */
  takesSession: boolean;
}

/** Whose key a request presents, or which session. */
export interface Identity {
  /** Null: it presents none, or one that does not hold. */
  holder: Caller | null;
  /** What it presents does not hold. A session may end while its cookie stays, so the client is then as one without a key. */
  wrong: 'key' | 'session' | null;
  asking: Asking;
}

/** Lets clients in: over HTTP each request, over websocket the upgrade and then `connection_init`. */
export interface Gate {
  identify(asking: Asking): Promise<Identity>;
  /** Another key of the same client, from `connection_init`. It wins over a session. */
  identifyKey(key: string | undefined, before: Identity): Promise<Identity>;
  /**
   * Where no keys are asked for because of the loopback interface, only its own clients come in: a proxy beside the server would
   * open it to the world. @throws AuthNotSet
   */
  checkDirect(identity: Identity): void;
  /** @throws Unauthenticated, TooManyAttempts, Forbidden */
  admit(identity: Identity, need: Need, what: string): Caller;
  readonly mode: AuthMode;
}

/** Proxies add one of these. */
const PROXY_HEADER = /^(forwarded|x-forwarded-.*|x-real-ip|via)$/;

type Keys = Pick<KeyStore, 'find' | 'findSession'>;

export function createGate(mode: AuthMode, keys: Keys, cookie: Pick<SessionCookie, 'read'>, log: Logger): Gate {
  const failed = createFailedAttempts(log);

  const identityOf = (found: Caller | undefined, presented: 'key' | 'session', asking: Asking): Identity =>
    found
      ? { holder: callerAt(found, asking.address), wrong: null, asking }
      : { holder: null, wrong: presented, asking };

  const identifyByKey = async (key: string, asking: Asking): Promise<Identity> =>
    identityOf(await keys.find(key), 'key', asking);

  async function identify(asking: Asking): Promise<Identity> {
    const key = presentedKey(asking.header);
    if (key !== undefined) return identifyByKey(key, asking);
    const [token] = asking.takesSession ? cookie.read(asking.header('cookie')) : [];
    if (token === undefined) return { holder: null, wrong: null, asking };
    return identityOf(await keys.findSession(token), 'session', asking);
  }

  return {
    mode,
    identify,
    identifyKey: async (key, before) => (key === undefined ? before : identifyByKey(key, before.asking)),
    checkDirect({ holder, wrong, asking }) {
      if (mode === 'loopback' && !holder && wrong !== 'key') checkDirect(asking);
    },
    admit({ holder, wrong, asking: { address } }, need, what) {
      if (holder) {
        requireRight(holder, need, what);
        return holder;
      }
      if (mode === 'required' && need === 'NOTHING') return callerAt(NOBODY, address);
      if (wrong === 'key') throw failed.count(address) ? tooMany() : wrongKey();
      if (mode === 'required') throw wrong === 'session' ? sessionEnded() : noKey();
      return callerAt(ANYONE, address);
    },
  };
}

const noKey = (): Unauthenticated =>
  new Unauthenticated(
    'expected an API key, got none. Send it as `Authorization: Bearer weir_...`; `weir keys create` makes one',
  );

const wrongKey = (): Unauthenticated =>
  new Unauthenticated('expected a valid API key, got one that does not exist, was revoked or has expired');

const sessionEnded = (): Unauthenticated =>
  new Unauthenticated(
    'expected a session that holds, got one that was signed out or has expired, or whose key no longer holds: sign in again',
  );

const tooMany = (): TooManyAttempts =>
  new TooManyAttempts('too many wrong API keys came from this address: wait a minute');

function checkDirect({ header, headerNames }: Asking): void {
  const added = Array.from(headerNames).find((name) => PROXY_HEADER.test(name));
  if (added !== undefined) throw notSet(`one that came through a proxy (${shown(added)})`);
  const host = hostOf(header('host') ?? '');
  if (host !== undefined && !isLoopback(host)) throw notSet(`one for the host ${shown(host)}`);
}

const notSet = (got: string): AuthNotSet =>
  new AuthNotSet(
    `this server asks for no API key, so it expects requests from this machine alone, got ${got}. ` +
      'Set AUTH=required to ask for keys, or AUTH=off if everyone who reaches the server may do everything',
  );
