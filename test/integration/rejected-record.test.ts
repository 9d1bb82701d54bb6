import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { begin, insertWithGeneratedUids, insertWithGivenUids } from '../../src/db/write/insert-records.ts';
import { RecordRejected } from '../../src/db/write/rejected-record.ts';
import { createWriterConnection } from '../../src/ingest/write/writer-connection.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { newUid } from '../../src/log/uid.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { record } from '../support/records.ts';

/** Several chunks of COPY data. */
const RECORDS = 3000;
const INSERTS = { 'their server': insertWithGeneratedUids, 'their senders': insertWithGivenUids };

/** Records that no sender can make, as if validation had let them through. */
const REJECTED: Record<string, [Partial<NewRecord>, string]> = {
  'a status beyond its column': [{ httpStatus: 2 ** 31 }, 'incorrect binary data format'],
  'a status with a fraction': [{ httpStatus: 200.5 }, 'incorrect binary data format'],
  'NUL in a text': [{ message: 'a\0b' }, 'invalid byte sequence'],
  'NUL in an attribute': [{ attributes: { a: '\0' } }, 'unsupported Unicode escape sequence'],
  'a message that a check forbids': [{ message: 'poison' }, 'no_poison'],
};

describe('a record that PostgreSQL rejects is known by its line', () => {
  let database: TestDatabase;
  let connection: ReturnType<typeof createWriterConnection>;
  beforeAll(async () => {
    database = await createTestDatabase();
    await createRecordPartitions(database.sql).ensure([record()]);
    connection = createWriterConnection(database.url, 'test', pino({ level: 'silent' }));
  });
  afterAll(async () => {
    connection.close();
    await database[Symbol.asyncDispose]();
  });

  /** The record that the error names, among others. */
  async function rejectedOf(insert: typeof insertWithGivenUids | typeof insertWithGeneratedUids, bad: NewRecord) {
    const records = Array.from({ length: RECORDS }, () => ({ ...record(), uid: newUid() }));
    records[RECORDS / 2] = bad;
    const work = connection.transact(async (client) => {
      await begin(client);
      await insert(client, records, 1);
    });
    return work.then(
      () => undefined,
      (error: unknown) => error as RecordRejected,
    );
  }

  describe.each(Object.entries(INSERTS))('with uids of %s', (_, insert) => {
    test.each(Object.entries(REJECTED))('%s', async (name, [fields, message]) => {
      if (name.includes('check')) {
        const table = insert === insertWithGivenUids ? 'staging' : 'system_logs';
        const constraint = `alter table ${table} add constraint no_poison check (message <> 'poison')`;
        await connection.transact((client) => client.query(constraint));
      }
      const bad = { ...record(), ...fields };
      const error = await rejectedOf(insert, bad);
      expect(error).toBeInstanceOf(RecordRejected);
      expect(error?.record).toBe(bad);
      expect(error?.message).toContain(message);
      expect(await database.sql`select 1 from system_logs`).toHaveLength(0);
    });
  });
});
