import { Overloaded } from '../../errors.ts';

/** What all requests together may hold in memory of bodies that are not yet records in the batcher. */
interface Room {
  /** One request's share: disposed of when the request is answered. */
  open(): Share;
}

export interface Share extends Disposable {
  /** @throws Overloaded */
  take(bytes: number): void;
}

export function createRoom(bytesMax: number): Room {
  let taken = 0;
  return {
    open() {
      let own = 0;
      return {
        take(bytes) {
          if (taken + bytes > bytesMax) throw new Overloaded(`expected at most ${bytesMax} bytes of bodies at a time`);
          own += bytes;
          taken += bytes;
        },
        [Symbol.dispose]() {
          taken -= own;
          own = 0;
        },
      };
    },
  };
}
