import { type Logger, pino } from 'pino';
import { contextFields } from 'weir-client';

/** pino as usual. `mixin` gives every line the ids of its request or run; the transport sends lines to Weir from its own thread. */
export function createLog(url: string): Logger {
  const transport = pino.transport({ target: 'weir-client/pino', options: { url } });
  return pino({ level: process.env.LOG_LEVEL ?? 'info', base: null, mixin: contextFields }, transport);
}
