import { pageFiles } from '../../test/support/page-files.ts';
import { detail, figure } from './figure.ts';

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** Of the files that the page loads at first, compressed one by one. */
export function reportBytes(): void {
  const files = pageFiles()
    .filter(({ isLazy }) => !isLazy)
    .toSorted((a, b) => b.gzipBytes - a.gzipBytes);
  figure('page: first load, gzip', kB(files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)), 'below 100 kB');
  for (const { path, gzipBytes } of files.slice(0, 4)) detail(`${kB(gzipBytes).padStart(8)}  ${path}`);
}
