import type { ExportEnds } from './export-ends.ts';

interface Stream {
  body: AsyncGenerator<Uint8Array | string>;
  ends: ExportEnds;
  /** Called once, with the error that cut it. */
  over: (error?: unknown) => void;
}

/**
 * The body of a response, made only when the connection takes more. It fails only while it is read: a stream that fails before
 * would make a promise of the adapter reject that nobody handles.
 */
export function exportStream({ body, ends, over }: Stream): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const leave = (error?: unknown): void => {
    over(error);
    body.return(undefined).catch(() => {});
  };
  ends.onEnd(leave);
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await body.next();
          if (!done) return controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
          // Its end from outside is no end of the records.
          ends.signal.throwIfAborted();
          over();
          controller.close();
        } catch (error) {
          const reason = ends.signal.aborted ? ends.signal.reason : error;
          over(reason);
          throw reason;
        }
      },
      cancel: () => leave(),
    },
    { highWaterMark: 0 },
  );
}
