import type { Logger } from 'pino';
import type { AuthMode } from '../access/auth-mode.ts';
import { ANYONE, type Caller, callerAt, NOBODY } from '../access/caller.ts';
import { type Header, presentedKey } from '../access/credentials.ts';
import type { KeyStore } from '../access/keys/key-store.ts';
import { type Need, requireRight } from '../access/rights.ts';
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
}

/** Whose key a request presents. */
export interface Identity {
  /** Null: it presents none, or one that does not hold. */
  holder: Caller | null;
  isWrong: boolean;
  asking: Asking;
}

/** Lets clients in: over HTTP each request, over websocket the upgrade and then `connection_init`. */
export interface Gate {
  identify(asking: Asking): Promise<Identity>;
  /** Another key of the same client, from `connection_init`. */
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

export function createGate(mode: AuthMode, keys: Pick<KeyStore, 'find'>, log: Logger): Gate {
  const failed = createFailedAttempts(log);

  async function identifyBy(key: string | undefined, asking: Asking): Promise<Identity> {
    const found = key === undefined ? undefined : await keys.find(key);
    const holder = found ? callerAt(found, asking.address) : null;
    return { holder, isWrong: key !== undefined && !holder, asking };
  }

  return {
    mode,
    identify: (asking) => identifyBy(presentedKey(asking.header), asking),
    identifyKey: async (key, before) => (key === undefined ? before : identifyBy(key, before.asking)),
    checkDirect({ holder, isWrong, asking }) {
      if (mode === 'loopback' && !holder && !isWrong) checkDirect(asking);
    },
    admit({ holder, isWrong, asking: { address } }, need, what) {
      if (holder) {
        requireRight(holder, need, what);
        return holder;
      }
      if (mode === 'required' && need === 'NOTHING') return callerAt(NOBODY, address);
      if (isWrong) throw failed.count(address) ? tooMany() : wrongKey();
      if (mode === 'required') throw noKey();
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
