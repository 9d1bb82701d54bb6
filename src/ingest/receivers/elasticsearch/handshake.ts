import { answer, answerError, answerText, compatibleVersion } from './answer.ts';

const CLUSTER = 'weir';
const NODE = 'weir';
/** What clients are told that they talk to. All that they ask of it here, each of these versions has. */
const VERSION = '8.19.0';
const VERSION_9 = '9.0.0';

type Answer = (request: Request, name: string) => Response;
interface Handshake {
  /** Of a path without the slash at its beginning; its group is the name that is asked for. */
  path: RegExp;
  get?: Answer;
  /** For PUT and POST. */
  put?: Answer;
}

const ok =
  (body: (request: Request, name: string) => unknown): Answer =>
  (request, name) =>
    answer(request, 200, body(request, name));
const acknowledged = ok(() => ({ acknowledged: true }));
const refreshed = ok(() => ({ _shards: { total: 1, successful: 1, failed: 0 } }));

/**
 * What agents and clients ask before they send records. Weir has no templates, pipelines, policies and indices: one that is asked for is
 * not found, and one that a client makes is acknowledged and not kept.
 */
const HANDSHAKES: readonly Handshake[] = [
  { path: /^$/, get: ok(info) },
  { path: /^_license$/, get: ok(() => ({ license: LICENSE })) },
  { path: /^_xpack$/, get: ok(() => ({ build: {}, license: LICENSE, features: {} })) },
  { path: /^_cluster\/health(?:\/(.+))?$/, get: ok(() => HEALTH) },
  { path: /^_nodes(?:\/.*)?$/, get: ok(nodes) },
  { path: /^_cat\/(.+)$/, get: catalogue },
  {
    path: /^(?:_ilm\/policy|_index_template|_component_template|_template|_data_stream|_ingest\/pipeline)$/,
    get: ok(() => ({})),
  },
  {
    path: /^(?:_ilm\/policy|_index_template|_component_template|_template|_data_stream|_ingest\/pipeline)\/(.+)$/,
    get: notFound,
    put: acknowledged,
  },
  { path: /^(?:[^/]+\/)?_(?:refresh|flush)$/, get: refreshed, put: refreshed },
  {
    path: /^([^/_][^/]*)$/,
    get: notFound,
    put: ok((_, index) => ({ acknowledged: true, shards_acknowledged: true, index })),
  },
];

/** The answer to a request that stores nothing. Undefined: no client needs it at its start. `path`: without a slash at its ends. */
export function handshake(request: Request, path: string): Response | undefined {
  for (const { path: pattern, get, put } of HANDSHAKES) {
    const [match, name = ''] = pattern.exec(path) ?? [];
    if (match === undefined) continue;
    const respond = request.method === 'GET' ? get : put;
    if (respond) return respond(request, name);
  }
  return undefined;
}

function info(request: Request) {
  return {
    name: NODE,
    cluster_name: CLUSTER,
    cluster_uuid: '_na_',
    version: {
      number: versionFor(request),
      build_flavor: 'default',
      build_type: 'docker',
      build_hash: 'weir',
      build_snapshot: false,
      lucene_version: '9.12.0',
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
  };
}

const versionFor = (request: Request): string => ((compatibleVersion(request) ?? 0) >= 9 ? VERSION_9 : VERSION);

const LICENSE = { status: 'active', uid: 'weir', type: 'basic', mode: 'basic', issued_to: CLUSTER, issuer: 'weir' };

const HEALTH = {
  cluster_name: CLUSTER,
  status: 'green',
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
  active_primary_shards: 0,
  active_shards: 0,
  relocating_shards: 0,
  initializing_shards: 0,
  unassigned_shards: 0,
};

/** A client that asks for nodes connects to their addresses from then on: to the one that it has used, without `/elastic`. */
function nodes(request: Request) {
  const node = { name: NODE, version: versionFor(request), roles: ['data', 'ingest'] };
  return {
    cluster_name: CLUSTER,
    nodes: { weir: { ...node, http: { publish_address: new URL(request.url).host } } },
  };
}

function catalogue(request: Request, name: string): Response {
  const health = { cluster: CLUSTER, status: 'green', 'node.total': '1', 'node.data': '1' };
  const rows = name === 'health' ? [health] : [];
  const isJson =
    new URL(request.url).searchParams.get('format') === 'json' || /json/.test(request.headers.get('accept') ?? '');
  return isJson
    ? answer(request, 200, rows)
    : answerText(rows.map((row) => `${Object.values(row).join(' ')}\n`).join(''));
}

function notFound(request: Request, name: string): Response {
  const reason = `no such index, template, policy or pipeline [${name}]: Weir keeps none`;
  return answerError(request, 404, { type: 'resource_not_found_exception', reason });
}
