import { Overloaded } from '../../errors.ts';

/** Bounds what all requests together hold of bodies: bytes that wait to be parsed, and what parsing makes of them. */
export interface BodyMemory {
  /** One request's share. The request disposes of it when it ends. */
  open(): MemoryShare;
}

export interface MemoryShare extends Disposable {
  /** @throws Overloaded all shares together would pass the bound */
  take(bytes: number): void;
  /** False, and nothing is taken, where `take` would throw. */
  tryTake(bytes: number): boolean;
  give(bytes: number): void;
}

export function createBodyMemory(bytesMax: number): BodyMemory {
  let taken = 0;
  return {
    open() {
      let own = 0;
      const add = (bytes: number): void => {
        own += bytes;
        taken += bytes;
      };
      const hasRoom = (bytes: number): boolean => taken + bytes <= bytesMax;
      return {
        take(bytes) {
          if (!hasRoom(bytes)) {
            throw new Overloaded(
              `expected at most ${bytesMax} bytes of request bodies in memory, this one makes ${taken + bytes}: retry`,
            );
          }
          add(bytes);
        },
        tryTake(bytes) {
          if (!hasRoom(bytes)) return false;
          add(bytes);
          return true;
        },
        give: (bytes) => add(-bytes),
        [Symbol.dispose]: () => add(-own),
      };
    },
  };
}
