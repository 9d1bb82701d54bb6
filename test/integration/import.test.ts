import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type LoghubName, loghubMissing, loghubPath, loghubTruth } from '../support/loghub.ts';
import { needs } from '../support/needs.ts';
import { spawnWeir, startTestServer, type TestServer, until } from '../support/server.ts';

const NAMES: LoghubName[] = ['Android', 'Apache', 'HDFS', 'OpenSSH', 'Zookeeper'];

/** Levels as the files write them. OpenSSH's has none. */
const LEVEL_OF: Record<string, string> = {
  V: 'TRACE',
  D: 'DEBUG',
  I: 'INFO',
  W: 'WARNING',
  E: 'ERROR',
  notice: 'INFO',
  error: 'ERROR',
  INFO: 'INFO',
  WARN: 'WARNING',
  ERROR: 'ERROR',
};

const WORDS: Record<LoghubName, string> = {
  Android: 'wakelock',
  Apache: 'workerEnv',
  HDFS: 'packetresponder',
  OpenSSH: 'FAILED password',
  Zookeeper: 'connection',
};

/** Lines that hold the words, whatever their case: `grep -ci`, over the part of each line that is its message. */
const grepCount = (messages: string[], words: string): number =>
  Number(execFileSync('grep', ['-ciF', words], { input: `${messages.join('\n')}\n` }).toString());

interface Found {
  logs: { nodes: { message: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number };
}

async function messagesOf(server: TestServer, service: string): Promise<string[]> {
  const messages: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { data }: { data?: Found | null } = await server.query<Found>(
      `query ($service: String!, $after: String) { logs(filter: { services: [$service] }, order: OLDEST_FIRST, first: 1000, after: $after) {
        nodes { message } pageInfo { endCursor hasNextPage } totalCount } }`,
      { service, after },
    );
    messages.push(...data!.logs.nodes.map((node) => node.message));
    ({ endCursor: after, hasNextPage: more } = data!.logs.pageInfo);
  }
  return messages;
}

describe('log files of loghub', needs(loghubMissing), () => {
  test('imported into a running server are found as they were written', async () => {
    await using server = await startTestServer();
    for (const name of NAMES) {
      await using weir = spawnWeir(['import', loghubPath(name), '--service', name, '--url', server.url]);
      expect((await weir.exited).code, weir.stderr()).toBe(0);
      expect(weir.stdout()).toMatch(/2,000 records stored, 0 duplicates, 0 rejected/);
    }
    for (const name of NAMES) {
      const truth = loghubTruth(name);
      const contents = truth.map((row) => row.Content);

      const { data } = await server.query<{ stats: { total: number; byLevel: { level: string; count: number }[] } }>(
        'query ($filter: LogFilter) { stats(filter: $filter, time: {}) { total byLevel { level count } } }',
        { filter: { services: [name] } },
      );
      const expected = Map.groupBy(truth, (row) => LEVEL_OF[row.Level ?? 'I']!);
      expect(data!.stats.total).toBe(2000);
      for (const { level, count } of data!.stats.byLevel)
        expect([level, count]).toEqual([level, expected.get(level)?.length ?? 0]);

      const words = WORDS[name];
      const found = await server.query<Found>('query ($filter: LogFilter) { logs(filter: $filter) { totalCount } }', {
        filter: { services: [name], messageContains: words },
      });
      expect(grepCount(contents, words)).toBeGreaterThan(0);
      expect(found.data!.logs.totalCount).toBe(grepCount(contents, words));
      // The files are nearly in time order: where a line is older than the one above, time order is the answer's.
      expect((await messagesOf(server, name)).toSorted()).toEqual(contents.toSorted());
    }
    expect(await messagesOf(server, 'Zookeeper')).toEqual(inTimeOrder(loghubTruth('Zookeeper')));
    expect(await messagesOf(server, 'HDFS')).toEqual(inTimeOrder(loghubTruth('HDFS')));
  });

  test('come through a pipe too, and a bad line is reported without harm to the others', async () => {
    await using server = await startTestServer();
    await using weir = spawnWeir(['import', '-', '--url', server.url]);
    weir.process.stdin!.end(readFileSync(loghubPath('Apache')));
    expect((await weir.exited).code, weir.stderr()).toBe(0);
    await using broken = spawnWeir(['import', '-', '--format', 'ndjson', '--url', server.url]);
    broken.process.stdin!.end(
      '{"message":"good"}\n{"message":"old","timestamp":"1901-01-01T00:00:00Z"}\n{"message":"good too"}\n',
    );
    expect((await broken.exited).code).toBe(1);
    expect(`${broken.stdout()}${broken.stderr()}`).toMatch(/TOO_OLD/);
    const { data } = await server.query<Found>('{ logs { totalCount } }');
    expect(data!.logs.totalCount).toBe(2002);
  });
});

/** What `order: OLDEST_FIRST` answers: by time; lines of the same time in the file's order. */
const inTimeOrder = (rows: ReturnType<typeof loghubTruth>): string[] =>
  rows
    .map((row) => ({ at: `${row.Date} ${row.Time}`, content: row.Content }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map((row) => row.content);

test('what comes through a pipe is stored as soon as the pipe pauses, and the pipe can continue', async () => {
  await using server = await startTestServer();
  await using weir = spawnWeir(['import', '-', '--service', 'piped', '--url', server.url]);
  const stdin = weir.process.stdin!;
  const storedOf = async (count: number): Promise<string[]> => {
    await until(async () => (await messagesOf(server, 'piped')).length === count);
    return messagesOf(server, 'piped');
  };
  stdin.write('2026-11-20 10:00:00,123 ERROR [main] app.Server: it broke\njava.lang.IllegalStateException: no\n');
  stdin.write('\tat app.Server.run(Server.java:7)\n2026-11-20 10:00:01,000 INFO [main] app.Server: half a li');
  expect(await storedOf(1)).toEqual(['it broke']);
  stdin.write('ne\n');
  expect(await storedOf(2)).toEqual(['it broke', 'half a line']);
  stdin.end('2026-11-20 10:00:02,000 INFO [main] app.Server: the last\n');
  expect((await weir.exited).code, weir.stderr()).toBe(0);
  expect(await storedOf(3)).toEqual(['it broke', 'half a line', 'the last']);
  expect(weir.stdout()).toMatch(/3 records stored, 0 duplicates, 0 rejected/);
  const { data } = await server.query<{ logs: { nodes: { stackTrace: string }[] } }>(
    '{ logs(filter: { hasError: true }) { nodes { stackTrace } } }',
  );
  expect(data!.logs.nodes[0]!.stackTrace).toContain('Server.java:7');
});
