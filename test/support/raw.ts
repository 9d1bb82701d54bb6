import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';

/** What `POST /ingest` answers. */
export interface IngestAnswer {
  accepted: number;
  duplicates: number | null;
  rejected: { line: number; code: string; reason: string }[];
  rejectedCount?: number;
  durability: 'DATABASE' | 'SPOOL' | null;
  cursor: string | null;
  error?: { code: string; message: string };
}

interface Upload {
  /** Resolves when the socket took it, or is closed. */
  write(chunk: Uint8Array | string): Promise<void>;
  request: ClientRequest;
  /** Settles when the server has answered, whether all was sent or not. */
  answer: Promise<IngestAnswer & { status: number }>;
  end(): void;
}

/** A request whose body is written bit by bit, on a connection of its own. */
export function openUpload(url: string, headers: Record<string, string> = {}): Upload {
  const agent = new Agent();
  const sending = request(`${url}/ingest`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
  const answer = (once(sending, 'response') as Promise<[IncomingMessage]>)
    .then(async ([response]) => ({
      status: response.statusCode!,
      ...(JSON.parse(Buffer.concat(await response.toArray()).toString()) as IngestAnswer),
    }))
    .finally(() => agent.destroy());
  answer.catch(() => {});
  sending.on('error', () => {});
  // Node drops what waits for a socket that closes, and its callbacks.
  const closed = new Promise<void>((resolve) => sending.once('close', resolve));
  return {
    request: sending,
    answer,
    write: (chunk) => Promise.race([closed, new Promise<void>((resolve) => sending.write(chunk, () => resolve()))]),
    end: () => void sending.end(),
  };
}
