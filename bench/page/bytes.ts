import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PAGE_FOLDER } from '../../src/http/page/page.ts';
import { detail, figure } from './figure.ts';

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** Of all files, compressed one by one: what a browser that opens every view loads. */
export function reportBytes(): void {
  const sizes = globSync('**/*.{html,js,css,svg}', { cwd: PAGE_FOLDER })
    .map((path) => ({ path, bytes: gzipSync(readFileSync(join(PAGE_FOLDER, path))).length }))
    .toSorted((a, b) => b.bytes - a.bytes);
  figure('page: all files, gzip', kB(sizes.reduce((sum, { bytes }) => sum + bytes, 0)), 'below 100 kB');
  for (const { path, bytes } of sizes.slice(0, 4)) detail(`${kB(bytes).padStart(8)}  ${path}`);
}
