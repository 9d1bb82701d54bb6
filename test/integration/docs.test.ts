import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HEALTH_CODES } from '../../src/health/codes.ts';
import { BLOCK_MS_MAX, isExpected, runBlock, shellBlocks } from '../support/documents.ts';
import { findProgram } from '../support/program.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/**
 * How many `sh` blocks of each document cannot run here; each is marked `<!-- not run: REASON -->` in its source. All other
 * blocks run, in their order, against a server of the document's own.
 */
const NOT_RUN: Readonly<Record<string, number>> = {
  'README.md': 0,
  'docs/alerts.md': 0,
  'docs/alert-delivery.md': 0,
  'docs/api.md': 0,
  'docs/archive.md': 0,
  'docs/architecture.md': 0,
  'docs/backup.md': 5,
  'docs/cli.md': 0,
  'docs/client-files.md': 1,
  'docs/client-http.md': 0,
  'docs/client-llm.md': 0,
  'docs/client-operation.md': 2,
  'docs/client-pipeline.md': 0,
  'docs/client.md': 2,
  'docs/export.md': 0,
  'docs/grafana.md': 0,
  'docs/guarantees.md': 0,
  'docs/install.md': 7,
  'docs/llm.md': 0,
  'docs/log-files.md': 0,
  'docs/operations.md': 0,
  'docs/mcp.md': 1,
  'docs/otlp.md': 1,
  'docs/page.md': 0,
  'docs/patterns.md': 0,
  'docs/progress.md': 0,
  'docs/redaction.md': 1,
  'docs/search.md': 0,
  'docs/sending.md': 1,
  'docs/security.md': 2,
  'docs/senders.md': 0,
  'docs/settings.md': 0,
  'docs/storage.md': 0,
  'docs/troubleshooting.md': 3,
  'docs/upgrade.md': 1,
};
const FILES = Object.keys(NOT_RUN);

/** Documents whose commands run on the machine of the server, with its settings. */
const BESIDE = new Set(['docs/archive.md']);
const beside = ({ database }: TestServer) => ({ LOGS_DATABASE_URL: database.url });

const read = (file: string): string => readFileSync(file, 'utf8');

test('every document is in the list of this test', () => {
  const found = ['README.md', ...globSync('docs/*.md')];
  expect(found.toSorted()).toEqual(FILES.toSorted());
});

test.for(FILES)('%s: as many commands are marked as not to be run as its line in the list says', (file) => {
  const marked = shellBlocks(file).filter(({ notRun }) => notRun !== null);
  expect(marked.map(({ at, notRun }) => `${at}: ${notRun}`)).toHaveLength(NOT_RUN[file]!);
});

test.for(FILES)('%s: every row of a table has as many cells as its heading', (file) => {
  const cellsOf = (row: string): number => row.replaceAll(/\\.|`[^`]*`/g, '').split('|').length;
  const lines = read(file).split('\n');
  let cells = 0;
  const wrong = lines.filter((line, at) => {
    if (line.startsWith('|') && !lines[at - 1]?.startsWith('|')) cells = cellsOf(line);
    return line.startsWith('|') && cellsOf(line) !== cells;
  });
  expect(wrong).toEqual([]);
});

const WITH_COMMANDS = FILES.filter((file) => shellBlocks(file).some(({ notRun }) => notRun === null));

test.skipIf(!findProgram('curl', 'curl')).for(WITH_COMMANDS)(
  '%s: every command runs, and prints what the document shows',
  { timeout: 20 * BLOCK_MS_MAX },
  async (file) => {
    await using server = await startTestServer();
    for (const block of shellBlocks(file)) {
      if (block.notRun !== null) continue;
      const printed = await runBlock(block, server.url, undefined, BESIDE.has(file) ? beside(server) : {});
      if (block.expected && !isExpected(block.expected, printed)) {
        expect.soft(printed, block.at).toBe(block.expected.output);
      }
    }
  },
);

test('every code that health knows has its entry in docs/troubleshooting.md, and no other has', () => {
  const explained = Array.from(read('docs/troubleshooting.md').matchAll(/^### ([A-Z_]+)$/gm), ([, code]) => code!);
  expect(explained.toSorted()).toEqual(Object.keys(HEALTH_CODES).toSorted());
});

test('every setting that the server reads is in docs/settings.md, and no other is', () => {
  const known = Array.from(read('src/config.ts').matchAll(/(?:setting\(\s*'|env\.)([A-Z_]+)/g), ([, name]) => name!);
  const cells = Array.from(read('docs/settings.md').matchAll(/^\| (`.*?) \|/gm), ([, cell]) => cell!);
  const explained = cells.flatMap((cell) => Array.from(cell.matchAll(/`([A-Z_]+)`/g), ([, name]) => name!));
  expect(explained.toSorted()).toEqual([...new Set(known)].toSorted());
});

test('every file and folder that docs/architecture.md names is there', () => {
  const paths = Array.from(
    read('docs/architecture.md').matchAll(/`((?:src|test|bench|docs|scripts)\/[^`*]*)`/g),
    ([, path]) => path!,
  );
  expect(paths.length).toBeGreaterThan(25);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('every link from one document to another leads to a file', () => {
  const broken = FILES.flatMap((file) =>
    Array.from(read(file).matchAll(/\]\(([^)#]+)/g), ([, target]) => target!)
      .filter((target) => !target.includes('://') && !existsSync(join(file, '..', target)))
      .map((target) => `${file}: ${target}`),
  );
  expect(broken).toEqual([]);
});
