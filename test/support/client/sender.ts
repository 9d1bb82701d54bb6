import { randomUUID } from 'node:crypto';
import { type CreateSenderOptions, createSender, type Problem, type Sender } from '../../../client/src/index.ts';
import { remove, type TestServer, temporaryFolder, until } from '../server.ts';
import { type Front, startFront } from './front.ts';

/** Delays as short as they can be: a test waits for each. */
export const QUICK = { flushAfterMs: 20, spoolAfterMs: 50, retryFirstMs: 10, retryMaxMs: 50 };

export interface Row {
  message: string;
  service: string;
  component: string | null;
  environment: string | null;
  deployment_version: string | null;
  correlation_id: string | null;
  severity_number: number;
  attributes: Record<string, unknown> | null;
}

/** A front of a server, and senders to it that share a service and a folder for their spools. */
export interface SenderSetting extends AsyncDisposable {
  service: string;
  front: Front;
  folder: string;
  problems: Problem[];
  open(options?: CreateSenderOptions): Sender;
  rows(): Promise<Row[]>;
  /** Waits until so many records are stored, and resolves to their messages, sorted. */
  stored(count: number): Promise<string[]>;
}

export async function openSetting(server: TestServer): Promise<SenderSetting> {
  await using stack = new AsyncDisposableStack();
  const front = stack.use(await startFront(server.url));
  const folder = stack.adopt(await temporaryFolder(), remove);
  const problems: Problem[] = [];
  const service = `shop-${randomUUID()}`;
  const rows = (): Promise<Row[]> =>
    server.database.sql<Row[]>`select * from system_logs where service = ${service} order by ts, uid`;
  const opened = stack.move();
  return {
    service,
    front,
    folder,
    problems,
    rows,
    open(options) {
      const sender = createSender({
        url: front.url,
        service,
        spoolFolder: folder,
        onProblem: (problem) => problems.push(problem),
        ...QUICK,
        ...options,
      });
      opened.defer(() => sender.close());
      return sender;
    },
    async stored(count) {
      const found = await until(
        async () => {
          const found = await server.database.sql<{ message: string }[]>`
            select message from system_logs where service = ${service}`;
          return found.length >= count ? found.map(({ message }) => message) : undefined;
        },
        20_000,
        `${count} stored records`,
      );
      return found.sort();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
