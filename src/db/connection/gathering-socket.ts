import { Socket } from 'node:net';

/**
 * Sends all writes of one turn of the event loop together. Otherwise each write is a system call, and the COPY of a single
 * record has five.
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
