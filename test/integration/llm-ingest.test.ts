import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { remove, startTestServer, temporaryFolder, until } from '../support/server.ts';

const SECRET = 'postgres://ann:hunter22secret@db/x';
const QUESTION = 'where is my order?';
const line = (more: object = {}): string =>
  JSON.stringify({
    message: 'chat',
    service: 'shop',
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 12,
    'gen_ai.input.messages': [{ role: 'user', content: `${QUESTION} ${SECRET}` }],
    'gen_ai.output.messages': [{ role: 'assistant', content: 'on its way' }],
    ...more,
  });
const QUERY = '{ logs { nodes { attributes llm { requestModel inputTokens input output } } } }';

interface Answer {
  logs: { nodes: { attributes: object; llm: { inputTokens: number; input: unknown; output: unknown } }[] };
}

test.each([
  ['off', false, false],
  ['redacted', true, false],
  ['full', true, true],
])('LLM_CONTENT=%s decides what is kept of a call that comes over HTTP', async (LLM_CONTENT, isKept, isWhole) => {
  await using server = await startTestServer({ LLM_CONTENT });
  expect((await server.ingest(line())).status).toBe(200);
  const { data } = await server.query<Answer>(QUERY);
  const [{ attributes, llm } = { attributes: {}, llm: null }] = data!.logs.nodes;
  expect(llm).toMatchObject({ requestModel: 'gpt-4o', inputTokens: 12 });
  expect(JSON.stringify(llm?.input).includes(QUESTION)).toBe(isKept);
  expect(JSON.stringify(llm?.output).includes('on its way')).toBe(isKept);
  expect(JSON.stringify(llm).includes('hunter22')).toBe(isWhole);
  expect(JSON.stringify(attributes)).not.toContain(QUESTION);
});

test('while the database is away a call goes to the spool, without the content that is not kept, and is stored later', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const spool = stack.adopt(await temporaryFolder(), remove);
  const QUICK = { RETRY_DELAY_SECONDS: '0.01', MAX_RETRY_ATTEMPTS: '1', CIRCUIT_BREAKER_TIMEOUT: '1' };
  const server = stack.use(await startTestServer({ ...QUICK, FALLBACK_DIRECTORY: spool }, database));
  await database.sql`alter table system_logs rename to away`;
  const answer = (await (await server.ingest(line())).json()) as { durability: string };
  expect(answer.durability).toBe('SPOOL');
  const files = (await readdir(spool, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
  expect(texts.join('')).toContain('gpt-4o');
  expect(texts.join('')).not.toContain(QUESTION);
  await database.sql`alter table away rename to system_logs`;
  await until(async () => (await database.sql`select from llm_logs`).length === 1, 20_000, 'the spooled call');
  expect(await database.sql`select input_tokens from llm_logs`).toEqual([{ input_tokens: 12 }]);
  expect(await database.sql`select from llm_contents`).toEqual([]);
});
