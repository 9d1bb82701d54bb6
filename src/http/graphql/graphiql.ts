import { createHash } from 'node:crypto';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { Plugin } from 'graphql-yoga';
import { withoutSlash } from '../route.ts';
import { createStaticFile } from '../static-file.ts';
import { CONFIRM_MUTATION } from './confirm-mutation.ts';
import { EXAMPLES } from './examples.ts';
import { KEY_SCRIPT } from './graphiql-key.ts';
import { TAIL_SCRIPT } from './graphiql-tail.ts';

/** Whether a request to the endpoint comes from a browser that opens it. */
export const isPage = ({ method, headers }: Request): boolean =>
  ['GET', 'HEAD'].includes(method) && headers.get('accept')?.includes('text/html') === true;

/** Serves GraphiQL to a browser that opens the endpoint: one page that loads nothing from other servers. */
export function useGraphiqlPage(endpoint: string): Plugin {
  let page: ReturnType<typeof createStaticFile> | undefined;
  return {
    async onRequest({ request, url, endResponse }) {
      if (!isPage(request)) return;
      if (withoutSlash(url.pathname) !== endpoint) return;
      page ??= render(endpoint);
      endResponse(await page(request));
    },
  };
}

/** GraphiQL moves a pressed tab to its place in an earlier layout, so a click on the tab would miss it. */
const TABS_STAY = '.graphiql-tab { transform: none !important; }';
/** The editor's font draws `>=` and `!=` as one sign. A person must see what to type. */
const NO_LIGATURES =
  '.graphiql-container * { font-variant-ligatures: none !important; font-feature-settings: "liga" 0, "calt" 0 !important; }';

function render(endpoint: string): ReturnType<typeof createStaticFile> {
  const html = renderGraphiQL({
    title: 'Weir',
    endpoint,
    subscriptionsProtocol: 'WS',
    defaultTabs: EXAMPLES.map((query) => ({ query })),
    defaultEditorToolsVisibility: false,
  }).replace(
    '</head>',
    () =>
      `<style>${TABS_STAY}${NO_LIGATURES}</style><script>${KEY_SCRIPT}</script><script>${TAIL_SCRIPT}</script><script>${CONFIRM_MUTATION}</script></head>`,
  );
  return createStaticFile({
    bytes: Buffer.from(html),
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': policyOf(html) },
  });
}

/**
 * The page runs its own scripts, known by their hashes, and the workers that they make. It talks to this server only. The
 * editor makes styles while it runs, so inline styles are allowed.
 */
function policyOf(html: string): string {
  const scripts = Array.from(
    html.matchAll(/<script>([\s\S]*?)<\/script>/g),
    ([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src ${scripts.join(' ')}`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'font-src data:',
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
