/**
 * `npm run page`: makes the page, `page/dist`, from `page/`: its typed documents, then its files. `npm run page -- --watch` makes it
 * again after each change of a source.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { writeDocuments } from './page-documents.ts';

const root = join(import.meta.dirname, '..');
const configFile = join(root, 'page/vite.config.ts');
/** In `page/dist`: the hash of all that the page was made from. */
const BUILT_FROM = join(root, 'page/dist/.built-from');

const SOURCES = [
  'page/{index.html,vite.config.ts}',
  'page/{public,src}/**/*.*',
  'scripts/*page*.ts',
  'src/log/**/*.ts',
  'docs/troubleshooting.md',
  'schema.graphql',
  'package-lock.json',
];

async function buildPage({ watch = false } = {}): Promise<void> {
  await writeDocuments();
  const from = hashOfSources();
  await build({ configFile, build: watch ? { watch: {} } : {} });
  writeFileSync(BUILT_FROM, from);
}

/** Where the page is older than its sources. Else `npm pack`, which asks too, would empty the folder of a page that is in use. */
export async function buildPageWhereChanged(): Promise<void> {
  if (builtFrom() !== hashOfSources()) await buildPage();
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted()) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function builtFrom(): string | null {
  try {
    return readFileSync(BUILT_FROM, 'utf8');
  } catch {
    return null;
  }
}

if (import.meta.main) await buildPage({ watch: process.argv.includes('--watch') });
