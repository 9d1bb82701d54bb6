import { Socket } from 'node:net';

/**
 * Sends what is written in one turn of the event loop together: each write is a system call of its own otherwise, and a
 * lone record's COPY has five of them.
 */
export class GatheringSocket extends Socket {
  #isGathering = false;

  override write(data: Uint8Array | string, ...rest: unknown[]): boolean {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.cork();
      setImmediate(() => {
        this.#isGathering = false;
        this.uncork();
      });
    }
    return super.write(data, ...(rest as []));
  }
}
