import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { Plugin } from 'graphql-yoga';
import { EXAMPLES } from './examples.ts';
import { TAIL_SCRIPT } from './graphiql-tail.ts';

/** Compresses the page of 9 MB to a fifth in half a second. The highest quality takes half a minute. */
const BROTLI_QUALITY = 5;

const ENCODERS = {
  br: (page: Buffer) =>
    promisify(brotliCompress)(page, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (page: Buffer) => promisify(gzip)(page),
  identity: async (page: Buffer) => page,
};
type Encoding = keyof typeof ENCODERS;

/** Serves GraphiQL to a browser that opens the endpoint: one page that loads nothing from other servers. */
export function useGraphiqlPage(endpoint: string): Plugin {
  let rendered: { page: Buffer; etag: string } | undefined;
  const encoded = new Map<Encoding, Promise<Buffer>>();
  const encode = (page: Buffer, encoding: Encoding): Promise<Buffer> => {
    if (!encoded.has(encoding)) encoded.set(encoding, ENCODERS[encoding](page));
    return encoded.get(encoding)!;
  };
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (request.method !== 'GET' || !request.headers.get('accept')?.includes('text/html')) return;
      if (url.pathname !== endpoint) return;
      rendered ??= render(endpoint);
      const { page, etag } = rendered;
      const headers = { etag, 'cache-control': 'no-cache', vary: 'accept-encoding' };
      if (request.headers.get('if-none-match') === etag) {
        endResponse(new fetchAPI.Response(null, { status: 304, headers }));
        return;
      }
      const encoding = encodingFor(request.headers.get('accept-encoding'));
      endResponse(
        new fetchAPI.Response((await encode(page, encoding)) as never, {
          headers: {
            ...headers,
            'content-type': 'text/html; charset=utf-8',
            ...(encoding !== 'identity' && { 'content-encoding': encoding }),
          },
        }),
      );
    },
  };
}

/** GraphiQL moves a pressed tab to its place in an earlier layout, so a click on the tab would miss it. */
const TABS_STAY = '.graphiql-tab { transform: none !important; }';
/** The editor's font draws `>=` and `!=` as one sign. A person must see what to type. */
const NO_LIGATURES =
  '.graphiql-container * { font-variant-ligatures: none !important; font-feature-settings: "liga" 0, "calt" 0 !important; }';

function render(endpoint: string): { page: Buffer; etag: string } {
  const html = renderGraphiQL({
    title: 'Weir',
    endpoint,
    subscriptionsProtocol: 'WS',
    defaultTabs: EXAMPLES.map((query) => ({ query })),
    defaultEditorToolsVisibility: false,
  });
  const page = Buffer.from(
    html.replace('</head>', () => `<style>${TABS_STAY}${NO_LIGATURES}</style><script>${TAIL_SCRIPT}</script></head>`),
  );
  return { page, etag: `"${createHash('sha256').update(page).digest('base64url')}"` };
}

/** The smallest encoding that the browser accepts. */
function encodingFor(accepted: string | null): Encoding {
  const names = new Set(
    (accepted ?? '').split(',').flatMap((offer) => {
      const [name, quality] = offer.split(';');
      return quality !== undefined && /q=0(\.0*)?\s*$/.test(quality) ? [] : name!.trim();
    }),
  );
  return names.has('br') ? 'br' : names.has('gzip') ? 'gzip' : 'identity';
}
