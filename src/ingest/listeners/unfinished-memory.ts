/** Bounds what all connections together hold of messages that are not whole. */
export interface UnfinishedMemory {
  /** False: it would take too much. Negative bytes are given back. */
  add(bytes: number): boolean;
}

export function createUnfinishedMemory(bytesMax: number): UnfinishedMemory {
  let held = 0;
  return {
    add(bytes) {
      held += bytes;
      if (bytes <= 0 || held <= bytesMax) return true;
      held -= bytes;
      return false;
    },
  };
}
