import type { ApiError } from '../api/ask.ts';

/** Runs `retry` when the network is back, if the question failed because no answer came. @returns ends it */
export function retryOnline(error: () => ApiError | null, retry: () => void): () => void {
  const onOnline = (): void => {
    if (error()?.code === 'OFFLINE') retry();
  };
  addEventListener('online', onOnline);
  return () => removeEventListener('online', onOnline);
}
