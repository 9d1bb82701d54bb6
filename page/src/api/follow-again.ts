import type { TypedDocumentString } from './documents.ts';
import { follow } from './follow.ts';

const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 15_000;

export type Connection = 'connecting' | 'live' | 'lost';

interface Following<Result> {
  onData: (data: Result) => void;
  onConnection: (connection: Connection) => void;
}

/**
 * Follows a subscription that tells at once how things are, and opens it again whenever it ends: after 1 s, then after longer
 * waits up to 15 s. What happened meanwhile is not told.
 *
 * @returns ends it
 */
export function followAgain<Result, Variables extends Record<string, unknown>>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { onData, onConnection }: Following<Result>,
): () => void {
  let retryMs = RETRY_MS_MIN;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end = () => {};

  function open(): void {
    let isOver = false;
    end = follow(document, variables, {
      onOpen: () => onConnection('live'),
      onData(data) {
        retryMs = RETRY_MS_MIN;
        onData(data);
      },
      onEnd() {
        if (isOver) return;
        isOver = true;
        onConnection('lost');
        timer = setTimeout(open, retryMs);
        retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
      },
    });
  }

  onConnection('connecting');
  open();
  return () => {
    clearTimeout(timer);
    end();
  };
}
