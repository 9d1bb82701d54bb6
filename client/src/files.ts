import type { Transform } from 'node:stream';
import build from 'pino-abstract-transport';
import { createLogFiles, type LogFilesOptions } from './files/log-files.ts';

export { createLogFiles, type LogFiles, type LogFilesOptions } from './files/log-files.ts';
export { createMetric, type Metric } from './files/metric.ts';

/** The transport of pino: `pino({ transport: { target: 'weir-client/files', options: { topic: 'leads' } } })`. */
export default function filesTransport(options: LogFilesOptions): Transform {
  const files = createLogFiles(options);
  return build(
    (lines) => {
      lines.on('data', ({ line }: { line: string }) => files.write(line));
    },
    { parseLine: (line) => ({ line }), metadata: false, close: () => files.close() },
  );
}
