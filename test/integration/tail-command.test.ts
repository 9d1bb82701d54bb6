import { expect, test } from 'vitest';
import { spawnWeir, startTestServer, until } from '../support/server.ts';

const PAD = 'x'.repeat(4000);
const POSTS = 80;
const SIZE = 250;

test('weir tail on a paused terminal reports how many records it skipped, and its ids and cursor can be used', async () => {
  await using server = await startTestServer();
  await using tail = spawnWeir(['tail', '--json', '--url', server.url]);
  await tail.says(/-- following/);
  tail.process.stdout!.pause();
  for (let post = 0; post < POSTS; post++) {
    const lines = Array.from({ length: SIZE }, (_, n) => JSON.stringify({ message: `${post * SIZE + n} ${PAD}` }));
    await server.ingest(lines.join('\n'));
  }
  tail.process.stdout!.resume();
  const shown = (): string[] => tail.stdout().split('\n').slice(0, -1);
  const skipped = (): number =>
    Array.from(tail.stderr().matchAll(/-- skipped (\d+) --/g)).reduce((sum, [, count]) => sum + Number(count), 0);
  await until(() => shown().length + skipped() >= POSTS * SIZE, 30_000, 'all records, shown or skipped');
  expect(skipped()).toBeGreaterThan(0);
  expect(shown().length + skipped()).toBe(POSTS * SIZE);

  const last = JSON.parse(shown().at(-1)!) as { id: string; message: string };
  const { data } = await server.query<{ log: { message: string; surrounding: { message: string }[] } }>(
    'query ($id: ID!) { log(id: $id) { message surrounding(before: 2, after: 0) { message } } }',
    { id: last.id },
  );
  expect(data!.log.message).toBe(last.message);
  expect(data!.log.surrounding.map(({ message }) => parseInt(message, 10))).toContain(POSTS * SIZE - 2);

  tail.process.kill('SIGINT');
  await tail.exited;
  const [, cursor] = /--after (\S+) --/.exec(tail.stderr())!;
  await server.ingest(JSON.stringify({ message: 'later' }));
  await using again = spawnWeir(['tail', '--json', '--url', server.url, '--after', cursor!]);
  await again.says(/"later"/);
  expect(again.stdout().trim().split('\n').length).toBe(1);
});
