/**
 * `npm run page`: makes the page, `dist/page`, from `page/`: its typed documents, then its files. `npm run page -- --watch` makes it
 * again after each change of a source.
 */
import { join } from 'node:path';
import { build } from 'vite';
import { writeDocuments } from './page-documents.ts';

const configFile = join(import.meta.dirname, '../page/vite.config.ts');

export async function buildPage({ watch = false } = {}): Promise<void> {
  await writeDocuments();
  await build({ configFile, build: watch ? { watch: {} } : {} });
}

if (import.meta.main) await buildPage({ watch: process.argv.includes('--watch') });
