import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPost } from '../../../client/src/sender/post.ts';

test('a request that cannot be made is tried again, and leaves no timer behind that throws', async () => {
  const post = createPost(new URL('http://127.0.0.1:1'), undefined, 1);
  expect(await post.send(Buffer.from('{}\n'), '', 'a\nkey')).toMatchObject({ kind: 'retry' });
  await wait(20);
  post.close();
});
