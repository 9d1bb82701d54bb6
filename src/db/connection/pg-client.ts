import { Client, type ClientConfig } from 'pg';
import { withTimeLimit } from '../../timing/time-limit.ts';
import { CONNECT_TIMEOUT_SECONDS } from './client.ts';
import { databaseAddress, negotiateTls } from './tls.ts';

const CONNECT_TIMEOUT_MS = CONNECT_TIMEOUT_SECONDS * 1000;

/** A connection of the driver pg, not yet opened: for COPY, and for a session that keeps a lock. */
export async function createClient(databaseUrl: string, config: Omit<ClientConfig, 'ssl'>): Promise<Client> {
  const address = databaseAddress(databaseUrl);
  return new Client({
    ...config,
    connectionString: address.url,
    ssl: await negotiateTls(address, CONNECT_TIMEOUT_MS),
  });
}

/** Opens the connection. The driver's own time limit gives an error without a code, which nobody knows for a timeout. */
export async function openClient(client: Client): Promise<void> {
  const late = () =>
    Object.assign(new Error(`expected a connection within ${CONNECT_TIMEOUT_MS} ms, got none`), { code: 'ETIMEDOUT' });
  try {
    await withTimeLimit(client.connect(), CONNECT_TIMEOUT_MS, late);
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
}

/** Opens a connection as the writers and the sealer do, and closes it: the pools use another driver. */
export async function tryClient(databaseUrl: string): Promise<void> {
  const client = await createClient(databaseUrl, { application_name: 'weir start' });
  client.on('error', () => {});
  try {
    await openClient(client);
  } finally {
    await client.end().catch(() => {});
  }
}
