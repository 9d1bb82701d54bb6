import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PAGE_FOLDER } from '../../src/http/page/page.ts';

/** A file of the built page, as a browser loads it. */
export interface PageFile {
  path: string;
  gzipBytes: number;
  /** Loaded when a person opens what needs it, and not before. */
  isLazy: boolean;
}

/** All files of the built page. Scripts that the HTML does not name are loaded by `import()`. */
export function pageFiles(): PageFile[] {
  const html = readFileSync(join(PAGE_FOLDER, 'index.html'), 'utf8');
  return globSync('**/*.{js,css,html,svg}', { cwd: PAGE_FOLDER }).map((path) => ({
    path,
    gzipBytes: gzipSync(readFileSync(join(PAGE_FOLDER, path))).length,
    isLazy: path.endsWith('.js') && !html.includes(path),
  }));
}
