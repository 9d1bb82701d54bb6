import { registerHooks } from 'node:module';

/**
 * postgres.js with two defects of version 3.4.9 repaired. Both show when a connection is lost. Import postgres.js from here
 * only: the repair edits the module's source text while Node loads it, so nothing may load the module earlier.
 *
 * What settings can avoid is not patched: see `fetch_types` in client.ts.
 *
 * A new version of postgres.js: remove a patch, then run the tests that its entry names. If they pass, the patch can go. A
 * patch whose text is not found in the new source stops the program at its start.
 */
interface Patch {
  file: string;
  replace: readonly (readonly [original: string, patched: string])[];
}

const PATCHES: readonly Patch[] = [
  /**
   * A lost connection kept state that broke the next connection of the same slot in the pool:
   * - bytes not yet sent, and their timer: the next connection never sent anything (porsager/postgres#1168)
   * - the failed statement and the server's last error: the next statement received that error (#1223), or received nothing
   *   when the server refused the new connection
   * - the statement for which the connection was being opened: after a close without an error it was never rejected, and
   *   postgres.js reconnected without a pause (#1193)
   *
   * The patch rejects every statement of a closed connection, then forgets its state.
   *
   * Tests, in lost-connections.test.ts: "a statement that waits to be sent ...", "a server's last error ...", "a connection
   * that is refused ...", "a connection that is closed as it begins ..."
   */
  {
    file: '/postgres/src/connection.js',
    replace: [
      [
        `if (initial)
      return reconnect()

    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
`,
        `if (query || initial || sent.length) error(Errors.connection('CONNECTION_CLOSED', options, socket))
    query = errorResponse = chunk = nextWriteTimer = null
`,
      ],
      /**
       * TLS: `prefer` together with other options, a clear error where the server offers no TLS (postgres.js began TLS all
       * the same), and the socket that replaces the first one.
       *
       * Tests: tls.test.ts
       */
      [
        `if (!canSSL && ssl === 'prefer')
        return connected()
`,
        `if (!canSSL && ssl.isOptional)
        return connected()
      if (!canSSL)
        return socket.destroy(Object.assign(new Error('the server offers no TLS'), { code: 'TLS_NOT_OFFERED' }))
`,
      ],
      [
        `socket = tls.connect(options)
`,
        `socket = tls.connect(options)
    options.socket.onSecured && options.socket.onSecured(socket)
`,
      ],
    ],
  },
  /**
   * A transaction whose connection was lost went on using the connection's slot:
   * - without a new connection, its next statement threw outside of every promise and ended the process (#1154, #1208)
   * - with a new connection, its next statement, its commit or its rollback ran inside somebody else's transaction (#1216)
   * - its statements that waited for their turn were never rejected (#1186)
   *
   * The patch rejects the waiting statements, and all later ones.
   *
   * Tests, in lost-connections.test.ts: "a transaction that continues after its connection was lost ...", "a transaction
   * that continues while its connection serves others ...", "a statement of a transaction that waits for its turn ..."
   */
  {
    file: '/postgres/src/index.js',
    replace: [
      [
        'connection.onclose = reject',
        `connection.onclose = (error) => {
          queries.lost = error
          while (queries.length) queries.shift().reject(error)
          reject(error)
        }`,
      ],
      [
        'q.catch(e => uncaughtError || (uncaughtError = e))',
        `q.catch(e => uncaughtError || (uncaughtError = e))
        if (queries.lost) return q.reject(queries.lost)`,
      ],
    ],
  },
];

const unpatched = new Set(PATCHES);
const hooks = registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const patch = PATCHES.find(({ file }) => url.endsWith(file));
    if (!patch) return loaded;
    unpatched.delete(patch);
    return { ...loaded, source: patch.replace.reduce(replaceOnce, String(loaded.source)) };
  },
});

function replaceOnce(source: string, [original, patched]: readonly [string, string]): string {
  const found = source.split(original).length - 1;
  if (found === 1) return source.replace(original, () => patched);
  throw new Error(`Patching postgres.js: expected this text once, found it ${found} times: ${original}`);
}

const { default: postgres } = await import('postgres');
hooks.deregister();
if (unpatched.size > 0) {
  throw new Error('postgres.js was loaded before it was patched. Import it from src/db/connection/postgres.ts only.');
}

export default postgres;
