import type { LogLevel } from '../../src/log/level.ts';
import { type Client, until } from './server.ts';

/** What tests of senders ask of a record. */
export interface Stored {
  timestamp: string;
  level: LogLevel;
  message: string;
  service: string;
  component: string | null;
  host: string | null;
  http: { status: number | null; method: string | null; path: string | null } | null;
  correlationId: string | null;
  attributes: Record<string, unknown>;
}

const QUERY = `query ($query: String!) {
  logs(filter: { query: $query }, first: 1000, order: OLDEST_FIRST) {
    nodes { timestamp level message service component host http { status method path } correlationId attributes }
  }
}`;

/** The records that a search finds, oldest first, as soon as there are so many. */
export const storedRecords = (client: Pick<Client, 'query'>, query: string, count = 1): Promise<Stored[]> =>
  until(
    async () => {
      const { data, errors } = await client.query<{ logs: { nodes: Stored[] } }>(QUERY, { query });
      if (errors) throw new Error(errors[0]!.message);
      return data!.logs.nodes.length >= count ? data!.logs.nodes : undefined;
    },
    10_000,
    `${count} records of ${query}`,
  );
