import { join } from 'node:path';
import { defineConfig } from 'vite';

/** The page as static files in `page/dist`, which the server serves. `scripts/build-page.ts` runs it. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy of the server allows no `data:` URL and no script within the page.
    assetsInlineLimit: 0,
    // One file of styles, and little code apart from what `lazy` loads: all views together are smaller than each view with its copies of shared words.
    cssCodeSplit: false,
    // What the first script imports is named in the HTML, so that both load at the same time. What is loaded later needs no list.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_url, files, { hostType }) => (hostType === 'html' ? files : []),
    },
    reportCompressedSize: false,
  },
});
