/**
 * An application for `bench/client.ts`: a hello-world server that logs one line a request through one transport, or with
 * `LINES=rate` no server but that many numbered lines a second. It answers each message of its parent with its figures.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type DestinationStream, pino } from 'pino';
import type { RecordLog } from '../client/src/index.ts';

export interface AppFigures {
  /** Of the main thread. */
  cpuMicros: number;
  lines: number;
}

const { VARIANT, RECEIVER, FOLDER, LINES } = process.env as Record<string, string>;
const CLIENT = join(import.meta.dirname, '../client/src');
const weir = (): DestinationStream =>
  pino.transport({ target: join(CLIENT, 'pino.ts'), options: { url: RECEIVER, spoolFolder: join(FOLDER!, 'spool') } });

const TRANSPORTS: Record<string, () => DestinationStream> = {
  'pino to /dev/null': () => pino.destination({ dest: '/dev/null', sync: false }),
  'weir-client/pino': weir,
  'weir-client/pino and /http': weir,
  'pino/file': () => pino.transport({ target: 'pino/file', options: { destination: join(FOLDER!, 'app.log') } }),
  'pino-loki': () =>
    pino.transport({
      target: 'pino-loki',
      options: { host: RECEIVER, batching: { interval: 1 }, silenceErrors: true },
    }),
  'pino-opentelemetry-transport': () =>
    pino.transport({
      target: 'pino-opentelemetry-transport',
      options: {
        logRecordProcessorOptions: {
          recordProcessorType: 'batch',
          exporterOptions: {
            protocol: 'http/protobuf',
            protobufExporterOptions: { url: `${RECEIVER}/v1/logs` },
          },
        },
      },
    }),
};

const log = pino(TRANSPORTS[VARIANT!]!());
let lines = 0;

const hello: RequestListener = (_request, response) => void response.end('hello world\n');

/** As request logging does it: a line at the end of the response. */
const withLine: RequestListener = (request, response) => {
  const started = performance.now();
  response.on('close', () => writeLine(request, response, performance.now() - started));
  hello(request, response);
};

function writeLine(
  { method, url, headers }: IncomingMessage,
  { statusCode }: ServerResponse,
  durationMs: number,
): void {
  lines++;
  const record = {
    correlation_id: '0d5c5a0c-7e3b-4c40-9d5a-0e9f6b7f2c11',
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    component: 'http',
    http: { method, path: url, status: statusCode, user_agent: headers['user-agent'], client_ip: '127.0.0.1' },
    duration_ms: Math.round(durationMs * 1_000) / 1_000,
  };
  log.info(record, `${method} ${url} ${statusCode}`);
}

async function listenerOf(variant: string): Promise<RequestListener> {
  if (variant !== 'weir-client/pino and /http') return withLine;
  const { nodeRequestLog } = await import(join(CLIENT, 'http.ts'));
  const counted = (write: RecordLog['info']) => (fields: object, message: string) => {
    lines++;
    write(fields, message);
  };
  return nodeRequestLog({ log: { info: counted(log.info.bind(log)) } })(hello);
}

if (LINES) {
  setInterval(() => {
    for (let more = Number(LINES) / 100; more > 0; more--) log.info(`line-${lines++};`);
    process.send!({ cpuMicros: 0, lines } satisfies AppFigures);
  }, 10);
} else if (process.send) {
  const server = createServer(await listenerOf(VARIANT!)).listen(0, '127.0.0.1', () =>
    process.send!((server.address() as AddressInfo).port),
  );
  process.on('message', () => {
    const { user, system } = process.threadCpuUsage();
    process.send!({ cpuMicros: user + system, lines } satisfies AppFigures);
  });
}
