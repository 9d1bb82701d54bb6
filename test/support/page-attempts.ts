/** What a page tries, of a server at URL. TAG is in the address of each request and in the message of each record. */
export interface Attempt {
  /** What happens where it is allowed: the page has read something, the server has sent a response, or a record is stored. */
  succeeds: 'read' | 'served' | 'stored';
  /** Runs in the browser, so it uses nothing from outside. Resolves to what the page has read. */
  run(input: Input): Promise<string>;
  input: object;
  /** The browser names the origin of the page, so ALLOW_ORIGINS can allow it. */
  sendsOrigin: boolean;
  /** The page can add a key. */
  sendsKey: boolean;
}

/** An input whose URL and TAG are filled in, and the key. */
type Input = never;
type WithKey<T> = T & { authorization?: string };

const inputOf = ({ input }: Attempt, url: string, tag: string): object =>
  JSON.parse(JSON.stringify(input).replaceAll('URL', url).replaceAll('TAG', tag));

/** What `frame.evaluate` takes. */
export const argumentOf = (attempt: Attempt, url: string, tag: string, authorization?: string): Input =>
  ({ ...inputOf(attempt, url, tag), ...(attempt.sendsKey && authorization ? { authorization } : {}) }) as never;

interface Fetch {
  address: string;
  init: { method?: string; mode?: 'no-cors'; headers?: Record<string, string>; body?: string };
}

const runFetch = ({ address, init, authorization }: WithKey<Fetch>): Promise<string> =>
  fetch(address, { ...init, headers: { ...init.headers, ...(authorization ? { authorization } : {}) } }).then(
    (response) => response.text(),
    () => '',
  );

const runSocket = ({ address, query, authorization }: WithKey<{ address: string; query: string }>): Promise<string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(address.replace('http', 'ws'), 'graphql-transport-ws');
    const send = (message: object): void => socket.send(JSON.stringify(message));
    socket.onopen = () => send({ type: 'connection_init', payload: { authorization } });
    socket.onclose = ({ code }) => resolve(`closed with ${code}`);
    socket.onmessage = ({ data }) => {
      if (JSON.parse(data).type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query } });
      else resolve(data);
    };
  });

const runEventSource = ({ address }: { address: string }): Promise<string> =>
  new Promise((resolve) => {
    const source = new EventSource(address);
    const end = (text: string): void => {
      source.close();
      resolve(text);
    };
    source.addEventListener('next', ({ data }) => end(data));
    source.addEventListener('error', () => end(''));
  });

/** Adds elements. Scripts run, and forms are sent. */
const runHtml = async ({ html }: { html: string }): Promise<string> => {
  const added = document.createRange().createContextualFragment(html);
  const forms = Array.from(added.querySelectorAll('form'));
  document.body.append(added);
  for (const form of forms) form.submit();
  return '';
};

const QUERY = '{logs{nodes{message}}}';
const MUTATION = 'mutation { ingest(logs: [{ message: "TAG" }]) { accepted } }';

const attempt = <T extends object>(
  succeeds: Attempt['succeeds'],
  run: (input: WithKey<T>) => Promise<string>,
  input: T,
  { sendsOrigin = true, sendsKey = false } = {},
): Attempt => ({ succeeds, run: run as never, input, sendsOrigin, sendsKey });

const KEY = { sendsKey: true };
const NO_ORIGIN = { sendsOrigin: false };
const html = (text: string): { html: string } => ({ html: text });

export const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  'fetch, GET': attempt('read', runFetch, { address: `URL/graphql?attempt=TAG&query=${QUERY}`, init: {} }, KEY),
  'fetch, POST of JSON': attempt(
    'read',
    runFetch,
    {
      address: 'URL/graphql?attempt=TAG',
      init: { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: QUERY }) },
    },
    KEY,
  ),
  'fetch without CORS, GET': attempt(
    'served',
    runFetch,
    { address: `URL/graphql?attempt=TAG&query=${QUERY}`, init: { mode: 'no-cors' } },
    NO_ORIGIN,
  ),
  EventSource: attempt('read', runEventSource, {
    address: 'URL/graphql?attempt=TAG&query=subscription{tail{live}}',
  }),
  'websocket, query': attempt('read', runSocket, { address: 'URL/graphql', query: QUERY }, KEY),
  image: attempt('served', runHtml, html('<img src="URL/metrics?attempt=TAG">'), NO_ORIGIN),
  script: attempt(
    'served',
    runHtml,
    html(`<script src="URL/graphql?attempt=TAG&amp;query=${QUERY}"></script>`),
    NO_ORIGIN,
  ),
  'style sheet': attempt('served', runHtml, html('<link rel="stylesheet" href="URL/metrics?attempt=TAG">'), NO_ORIGIN),
  frame: attempt('served', runHtml, html('<iframe src="URL/metrics?attempt=TAG"></iframe>'), NO_ORIGIN),
  'fetch, POST of NDJSON': attempt(
    'stored',
    runFetch,
    {
      address: 'URL/ingest?attempt=TAG',
      init: { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: '{"message":"TAG"}' },
    },
    KEY,
  ),
  'fetch without CORS, POST': attempt('stored', runFetch, {
    address: 'URL/ingest?attempt=TAG',
    init: { method: 'POST', mode: 'no-cors', body: 'TAG' },
  }),
  beacon: attempt('stored', runBeacon, { address: 'URL/ingest?attempt=TAG', body: 'TAG' }),
  'form of plain text, into a frame': attempt(
    'stored',
    runHtml,
    html(
      '<iframe name="TAG"></iframe><form method="post" enctype="text/plain" action="URL/ingest?attempt=TAG" target="TAG"><input name="TAG"></form>',
    ),
  ),
  'form with a mutation, into a frame': attempt(
    'stored',
    runHtml,
    html(
      `<iframe name="TAG"></iframe><form method="post" action="URL/graphql?attempt=TAG" target="TAG"><input name="query" value='${MUTATION}'></form>`,
    ),
  ),
  'websocket, mutation': attempt('stored', runSocket, { address: 'URL/graphql', query: MUTATION }, KEY),
};

async function runBeacon({ address, body }: { address: string; body: string }): Promise<string> {
  navigator.sendBeacon(address, body);
  return '';
}
