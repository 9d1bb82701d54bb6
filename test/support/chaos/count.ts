import { Client } from 'pg';
import { messageOf, readMessage } from './numbered.ts';
import { acknowledged, type Sent } from './sender.ts';

/** What is wrong between senders and database; a list is empty where all is well. */
interface Wrong {
  /** Acknowledged and not stored. */
  lost: string[];
  /** Stored more than once. */
  doubled: string[];
  /** Stored and never sent. */
  unsent: string[];
  /** A 200 that accepted another number than came. */
  miscounted: string[];
  /** Stored rows less those that `ingest_batches` tells: what tails replay. */
  rowsWithoutBatch: number;
}

export interface Count extends Wrong {
  sent: number;
  acknowledged: number;
  stored: number;
  /** Records that come, by (timestamp, uid), after a later one of their sender. */
  outOfOrder: string[];
}

export const NOTHING_WRONG: Wrong = { lost: [], doubled: [], unsent: [], miscounted: [], rowsWithoutBatch: 0 };

/** Compares all that is stored with all that was sent. All senders must have stopped. */
export async function countStored(databaseUrl: string, sent: Sent[]): Promise<Count> {
  const { messages, batchRows } = await readStored(databaseUrl);
  const times = new Map<string, number>();
  for (const message of messages) times.set(message, (times.get(message) ?? 0) + 1);
  const known = new Set(sent.flatMap(messagesOf));
  const promised = acknowledged(sent).flatMap(messagesOf);
  return {
    sent: known.size,
    acknowledged: promised.length,
    stored: messages.length,
    lost: promised.filter((message) => !times.has(message)),
    doubled: [...times].filter(([, n]) => n > 1).map(([message, n]) => `${message}: ${n} times`),
    unsent: [...times.keys()].filter((message) => !known.has(message)),
    miscounted: sent.filter(({ outcome }) => outcome === 'miscounted').flatMap(({ tries }) => JSON.stringify(tries)),
    rowsWithoutBatch: messages.length - batchRows,
    outOfOrder: outOfOrder(messages),
  };
}

async function readStored(databaseUrl: string): Promise<{ messages: string[]; batchRows: number }> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ message: string }>('select message from system_logs order by ts, uid');
    const batches = await client.query<{ rows: string }>('select coalesce(sum(rows), 0) as rows from ingest_batches');
    return { messages: rows.map(({ message }) => message), batchRows: Number(batches.rows[0]!.rows) };
  } finally {
    await client.end();
  }
}

const messagesOf = ({ sender, first, count }: Sent): string[] =>
  Array.from({ length: count }, (_, i) => messageOf(sender, first + i));

function outOfOrder(messages: string[]): string[] {
  const newest = new Map<number, number>();
  return messages.filter((message) => {
    const read = readMessage(message);
    if (!read) return false;
    const before = newest.get(read.sender) ?? -1;
    newest.set(read.sender, Math.max(before, read.n));
    return read.n < before;
  });
}

/** The lists cut to their first few: a failure that names 40,000 records is not read. */
export const shown = ({ lost, doubled, unsent, miscounted, rowsWithoutBatch }: Wrong): Wrong => ({
  lost: cut(lost),
  doubled: cut(doubled),
  unsent: cut(unsent),
  miscounted: cut(miscounted),
  rowsWithoutBatch,
});

const SHOWN_MAX = 10;
const cut = (list: string[]): string[] =>
  list.length <= SHOWN_MAX ? list : [...list.slice(0, SHOWN_MAX), `... and ${list.length - SHOWN_MAX} more`];
