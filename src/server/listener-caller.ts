import type { AuthMode } from '../access/auth-mode.ts';
import { ANYONE, type Caller } from '../access/caller.ts';
import type { KeyStore } from '../access/keys/key-store.ts';
import { requireRight } from '../access/rights.ts';
import { CannotStart, Unauthenticated } from '../errors.ts';

/** Who sends to the ports of a protocol without credentials. */
export interface ListenerCaller {
  /** With the stamp and the rate of the named key. @throws Unauthenticated, Forbidden the key does not hold */
  caller(): Caller;
  /** Why nothing is taken now. */
  problem(): string | null;
  /** Everyone may send without a key, though HTTP asks for keys. */
  readonly isOpen: boolean;
}

interface NamedKey {
  /** The setting that names it. */
  setting: string;
  /** Its SHA-256 in hex. */
  hash: string | null;
}

/** May only store records. */
const SENDER: Caller = { ...ANYONE, key: 'listener', rights: new Set(['INGEST']) };

/**
 * A named key is looked at again for each submission: it may be revoked, or made later than the server starts.
 * @throws CannotStart keys are required, and none is named
 */
export function createListenerCaller(
  { setting, hash }: NamedKey,
  { mode, isOpen, keys }: { mode: AuthMode; isOpen: boolean; keys: Pick<KeyStore, 'holderOf'> },
): ListenerCaller {
  if (hash === null) {
    if (mode === 'required' && !isOpen) throw noKey(setting);
    return { caller: () => SENDER, problem: () => null, isOpen: mode === 'required' };
  }
  function caller(): Caller {
    const holder = keys.holderOf(hash!);
    if (!holder) throw new Unauthenticated(`${setting} is a key that does not exist, was revoked or has expired`);
    requireRight(holder, 'INGEST', setting);
    return holder;
  }
  return {
    caller,
    problem() {
      try {
        caller();
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    },
    isOpen: false,
  };
}

const noKey = (setting: string): CannotStart =>
  new CannotStart(
    `${setting}: expected an API key with the right INGEST, got none. API keys are required here, and the protocol has no ` +
      `credentials: what its senders send is stored with this key, its stamp and its rate. \`weir keys create\` makes one. ` +
      'SYSLOG_OPEN=true lets everyone send without a key',
  );
