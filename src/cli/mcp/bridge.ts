import { CODES, Failure, readMessage, responseText } from '../../http/mcp/message.ts';
import type { Line } from '../../log-file/entries/line-splitter.ts';
import type { Forward } from './forward.ts';

/** As long as a body that the server takes. */
export const MESSAGE_BYTES_MAX = 256 * 1024;
/** Requests that wait for the server. One more fails at once. */
export const RUNNING_MAX = 32;
/** When stdin has ended, the requests that still run have this time. */
const ENDING_MS_MAX = 2000;

export interface Bridge {
  /** Takes one line of stdin. */
  take(line: Line): Promise<void>;
  /** Resolves when what runs has ended, or was cancelled. */
  end(): Promise<void>;
}

/** Between an assistant's stdin and stdout, and the server. Only requests are forwarded: notifications tell the server nothing. */
export function createBridge(forward: Forward, write: (line: string) => Promise<void>, stop: AbortSignal): Bridge {
  const running = new Map<unknown, { cancel: AbortController; ended: Promise<void> }>();
  const fail = (id: string | number | null, code: number, reason: string): Promise<void> =>
    write(responseText(id, new Failure(code, reason)));

  async function run(id: unknown, request: (cancelled: AbortSignal) => Promise<string>): Promise<void> {
    const cancel = new AbortController();
    const ended = (async () => {
      try {
        await write(await request(AbortSignal.any([stop, cancel.signal])));
      } catch (error) {
        if (!stop.aborted && !cancel.signal.aborted) throw error;
      } finally {
        running.delete(id);
      }
    })();
    running.set(id, { cancel, ended });
    return ended;
  }

  return {
    async take(line) {
      if (line === '') return;
      if (line === null)
        return fail(null, CODES.invalidRequest, `expected a line of at most ${MESSAGE_BYTES_MAX} bytes`);
      const message = readMessage(line);
      if (message instanceof Failure) return write(responseText(null, message));
      if (message.method === 'notifications/cancelled') running.get(message.params.requestId)?.cancel.abort();
      if (message.id === null) return;
      if (running.size >= RUNNING_MAX) {
        return fail(message.id, CODES.internalError, `expected at most ${RUNNING_MAX} requests at a time, got more`);
      }
      return run(message.id, (cancelled) => forward(message, line, cancelled));
    },
    async end() {
      const late = setTimeout(() => {
        for (const { cancel } of running.values()) cancel.abort();
      }, ENDING_MS_MAX);
      await Promise.allSettled(Array.from(running.values(), ({ ended }) => ended));
      clearTimeout(late);
    },
  };
}
