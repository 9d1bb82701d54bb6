import { ExportCut } from '../../errors.ts';

interface Sources {
  /** The client has gone. */
  gone: AbortSignal;
  closing: AbortSignal;
  /** The key of the client no longer holds. */
  keyEnd: AbortSignal | null;
  timeoutMs: number;
}

/** What ends an export from outside, whichever comes first. */
export interface ExportEnds extends Disposable {
  /** Its reason is an `ExportCut`. */
  signal: AbortSignal;
  onEnd(end: (reason: ExportCut) => void): void;
}

export function watchEnds({ gone, closing, keyEnd, timeoutMs }: Sources): ExportEnds {
  const ending = new AbortController();
  const watching = new AbortController();
  const end = (reason: string): void => ending.abort(new ExportCut(reason));
  const watch = (signal: AbortSignal | null, reason: string): void => {
    if (signal?.aborted) end(reason);
    else signal?.addEventListener('abort', () => end(reason), { once: true, signal: watching.signal });
  };
  watch(gone, 'the client has gone');
  watch(closing, 'the server is closing');
  watch(keyEnd, 'the API key of this export was revoked or has expired');
  const timer = setTimeout(end, timeoutMs, `the export took longer than ${timeoutMs / 1000} s (EXPORT_TIMEOUT)`);
  return {
    signal: ending.signal,
    onEnd(call) {
      const reason = (): void => call(ending.signal.reason as ExportCut);
      if (ending.signal.aborted) reason();
      else ending.signal.addEventListener('abort', reason, { once: true, signal: watching.signal });
    },
    [Symbol.dispose]() {
      watching.abort();
      clearTimeout(timer);
    },
  };
}
