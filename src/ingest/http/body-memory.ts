import { Overloaded } from '../../errors.ts';

/** Bounds what all requests together hold of bodies that are not yet records in the batcher. */
export interface BodyMemory {
  /** One request's share. The request disposes of it when it ends. */
  open(): MemoryShare;
}

export interface MemoryShare extends Disposable {
  /** @throws Overloaded all shares together would pass the bound */
  take(bytes: number): void;
}

export function createBodyMemory(bytesMax: number): BodyMemory {
  let taken = 0;
  return {
    open() {
      let own = 0;
      return {
        take(bytes) {
          if (taken + bytes > bytesMax) {
            throw new Overloaded(
              `expected at most ${bytesMax} bytes of request bodies in memory, this one makes ${taken + bytes}: retry`,
            );
          }
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
