import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PAGE_FOLDER } from '../../../src/http/page/page.ts';
import { pageFiles } from '../../support/page-files.ts';

const SOURCES = join(import.meta.dirname, '../../../page');
const GZIP_BYTES_MAX = 100_000;
/** Of a part that is loaded when it is opened. */
const LAZY_BYTES_MAX = 10_000;

const built = globSync('**/*.{js,css,html,svg}', { cwd: PAGE_FOLDER });
const sources = globSync('src/**/*.{ts,tsx}', { cwd: SOURCES }).filter((path) => !path.endsWith('documents.ts'));
const textOf = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');

test('what the page loads at first is below 100 kB, compressed as gzip; parts that are loaded later are small', () => {
  const files = pageFiles();
  const first = files.filter(({ isLazy }) => !isLazy);
  expect(first.length).toBeGreaterThan(3);
  expect(
    first.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0),
    JSON.stringify(files),
  ).toBeLessThan(GZIP_BYTES_MAX);
  for (const { path, gzipBytes } of files.filter(({ isLazy }) => isLazy))
    expect(gzipBytes, path).toBeLessThan(LAZY_BYTES_MAX);
});

test('the HTML names every script of the first load, and a script that it does not name is loaded by another one', () => {
  const scripts = pageFiles().filter(({ path }) => path.endsWith('.js'));
  const html = textOf(PAGE_FOLDER, 'index.html');
  const nameOf = (path: string): string => path.split('/').at(-1)!;
  for (const { path } of scripts.filter(({ isLazy }) => !isLazy)) {
    const imported = [
      ...textOf(PAGE_FOLDER, path).matchAll(/(?:^|[;}])import\s*(?:\{[^}]*\}\s*from\s*)?["']\.\/([^"']+)["']/g),
    ];
    for (const [, name] of imported) expect(html.includes(name!), name).toBe(true);
  }
  for (const { path } of scripts.filter(({ isLazy }) => isLazy)) {
    const loads = scripts.some((other) => textOf(PAGE_FOLDER, other.path).includes(nameOf(path)));
    expect(loads, path).toBe(true);
  }
});

test('its HTML has no script and no style of its own, and no event handlers', () => {
  const html = textOf(PAGE_FOLDER, 'index.html');
  for (const [, attributes, content] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    expect(attributes).toMatch(/\bsrc="\/assets\//);
    expect(content).toBe('');
  }
  expect(html).toMatch(/<script\b/);
  expect(html).not.toMatch(/<style\b|\sstyle=|\son\w+=/i);
});

test('nothing of it names another host', () => {
  for (const path of built) {
    const urls = [...textOf(PAGE_FOLDER, path).matchAll(/\b(?:https?|wss?):\/\/[\w.-]+/g)].map(([url]) => url);
    // Names of XML, addresses in texts of examples, and a base that `new URL` needs: none of them is asked.
    const asked = urls.filter((url) => !/^http:\/\/(www\.w3\.org|127\.0\.0\.1|localhost|\.\.\.)|example/.test(url));
    expect([path, asked]).toEqual([path, []]);
    expect(textOf(PAGE_FOLDER, path)).not.toMatch(/url\(["']?(?:data|https?):|@import|\bimportScripts\b/);
  }
});

/** What runs a text, or makes HTML of it. */
const UNSAFE: Readonly<Record<string, RegExp>> = {
  'HTML of a text':
    /dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|srcdoc|DOMParser/,
  'code of a text': /\beval\(|new Function\b|setTimeout\(\s*['"`]/,
  'a style of a text': /\.cssText\b|setAttribute\(\s*'style'|style="/,
};

test.each(Object.entries(UNSAFE))('its sources make no %s', (_name, pattern) => {
  expect(sources.length).toBeGreaterThan(20);
  expect(sources.filter((path) => pattern.test(textOf(SOURCES, path)))).toEqual([]);
});

test('its sources use what needs a secure context only where it is there', () => {
  const needs = /crypto\.(?:randomUUID|subtle)|navigator\.(?:serviceWorker|storage)|showSaveFilePicker/;
  expect(sources.filter((path) => needs.test(textOf(SOURCES, path)))).toEqual([]);
  expect(sources.filter((path) => /navigator\.clipboard/.test(textOf(SOURCES, path)))).toEqual(['src/parts/copy.ts']);
});
