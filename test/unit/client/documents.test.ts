import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

/** Examples that need a server or a provider of models do not run here: the compiler checks them. */
const DOCUMENTS = [
  'README.md',
  'client/README.md',
  'docs/client.md',
  'docs/client-http.md',
  'docs/client-llm.md',
  'docs/client-pipeline.md',
];
const EXAMPLE = /^```(?:js|ts)\n(.*?)^```$/gms;

/** What the reader's program has already. */
const OF_THE_PROGRAM = `
  import type { OpenAI } from 'openai';
  import type { Logger } from 'pino';
  declare global {
    var leads: { id: string }[];
    function rateWith(openai: OpenAI, lead: { id: string }): Promise<void>;
    function enrich(lead: { id: string }, signal: AbortSignal): Promise<void>;
    function download(): Promise<void>;
    var log: Logger;
    var body: object;
    var otherClient: { post(url: string, body: object, options: { headers: Record<string, string> }): Promise<void> };
    function readRows(): Promise<object[]>;
    function store(rows: object[]): Promise<void>;
    function ask(question: string): Promise<{ prompt_eval_count: number; eval_count: number }>;
  }`;

const ROOT = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the examples of the documents of the client are valid TypeScript', () => {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'program.d.ts'), OF_THE_PROGRAM);
  for (const [at, document] of DOCUMENTS.entries()) {
    const examples = Array.from(readFileSync(join(ROOT, document), 'utf8').matchAll(EXAMPLE), ([, text]) => text!);
    expect(examples.length, document).toBeGreaterThan(0);
    for (const [n, text] of examples.entries()) writeFileSync(join(folder, `${at}-${n}.ts`), `${text}export {};\n`);
  }
  const options = { noEmit: true, skipLibCheck: true, noUnusedLocals: false, noUnusedParameters: false };
  const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions: options, include: ['.'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
}, 120_000);
