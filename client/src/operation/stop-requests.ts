import type { Settings } from './options.ts';
import { listenForSignals } from './signals.ts';
import type { Stop } from './stop.ts';

/** All that may stop a run: signals of the system, the application's own, and its time limit. Returns what ends the listening. */
export function listenForStops(stop: Stop, { signals, signal, timeoutMs, graceMs }: Settings<never>): () => void {
  const unlisten = signals
    ? listenForSignals(
        (name) => stop.request({ status: 'cancelled', message: `it received ${name}`, signal: name }, graceMs),
        stop.abortNow,
      )
    : () => {};
  const cancel = (): void =>
    stop.request({ status: 'cancelled', message: 'the application stopped it (signal)' }, graceMs);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const limit =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          stop.request({ status: 'timed_out', message: `it took longer than timeoutMs (${timeoutMs} ms)` }, 0);
        }, timeoutMs);
  return () => {
    unlisten();
    signal?.removeEventListener('abort', cancel);
    clearTimeout(limit);
  };
}
