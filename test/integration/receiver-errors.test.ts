import { describe, expect, test } from 'vitest';
import { withDatabaseAway } from '../support/database-away.ts';
import { bearer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { startTestServer } from '../support/server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

/** A request with one record, for each entrance over HTTP. */
const REQUESTS: Readonly<Record<string, { headers: Record<string, string>; body: string }>> = {
  '/ingest': { headers: JSON_TYPE, body: '{"message":"hello"}' },
  '/v1/logs': {
    headers: JSON_TYPE,
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'hello' } }] }] }] }),
  },
  '/loki/api/v1/push': {
    headers: JSON_TYPE,
    body: JSON.stringify({ streams: [{ stream: { app: 'a' }, values: [[`${Date.now()}000000`, 'hello']] }] }),
  },
  '/elastic/_bulk': { headers: NDJSON, body: '{"create":{"_index":"i"}}\n{"message":"hello"}\n' },
  '/logs/_bulk': { headers: NDJSON, body: '{"create":{}}\n{"message":"hello"}\n' },
  '/services/collector/event': { headers: JSON_TYPE, body: '{"event":"hello"}' },
  '/services/collector/raw': { headers: {}, body: 'hello' },
  '/api/v2/logs': { headers: JSON_TYPE, body: '[{"message":"hello"}]' },
  '/gelf': { headers: JSON_TYPE, body: '{"version":"1.1","host":"h","short_message":"hello"}' },
  '/upload': {
    headers: { 'content-type': 'application/vnd.fdo.journal' },
    body: '__CURSOR=c1\n__REALTIME_TIMESTAMP=1764000000123456\nMESSAGE=hello\n\n',
  },
};

const send = (url: string, path: string, headers: Record<string, string> = {}): Promise<Response> => {
  const request = REQUESTS[path]!;
  return fetch(`${url}${path}`, { method: 'POST', headers: { ...request.headers, ...headers }, body: request.body });
};

describe('every entrance over HTTP', () => {
  test('takes a record of a key with the right INGEST alone, and gives it the stamp of its key', async () => {
    await using server = await startKeyServer();
    const reader = await makeKeyIn(server.database, ['READ']);
    const writer = await makeKeyIn(server.database, ['INGEST'], { stamp: { service: 'stamped' } });
    for (const path of Object.keys(REQUESTS)) {
      expect([path, (await send(server.url, path)).status]).toEqual([path, 401]);
      expect([path, (await send(server.url, path, bearer(reader.key))).status]).toEqual([path, 403]);
      const taken = await send(server.url, path, bearer(writer.key));
      expect([path, taken.ok]).toEqual([path, true]);
    }
    const rows = await server.database.sql`select message, service from system_logs`;
    expect(rows.filter(({ message, service }) => message === 'hello' && service === 'stamped')).toHaveLength(
      Object.keys(REQUESTS).length,
    );
  });

  test('answers temporary trouble with 429 or 503 and Retry-After, and stores nothing of it', async () => {
    await using server = await startTestServer({
      ENABLE_FALLBACK_STORAGE: 'false',
      RETRY_DELAY_SECONDS: '0.05',
      MAX_RETRY_ATTEMPTS: '1',
    });
    await withDatabaseAway(server.database, async () => {
      for (const path of Object.keys(REQUESTS)) {
        const response = await send(server.url, path);
        expect([path, response.status]).toEqual([path, 503]);
        expect([path, Number(response.headers.get('retry-after')) > 0]).toEqual([path, true]);
      }
    });
    expect(await server.database.sql`select message from system_logs`).toEqual([]);
  });
});
