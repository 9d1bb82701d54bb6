import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Which folder may import which, from the bottom upward: a folder may import itself and what its line names. A folder's line
 * stands below the lines of all that it imports, so an arrow upward and a circle of folders cannot be written down here.
 */
const MAY_IMPORT: Readonly<Record<string, string>> = {
  'errors.ts': '',
  'version.ts': '',
  'secrets.ts': '',
  'logger.ts': 'secrets.ts',
  timing: '',
  metrics: '',
  'folder-lock.ts': 'errors.ts',
  'cannot-listen.ts': 'errors.ts',
  'private-file.ts': '',
  log: 'errors.ts',
  'log/patterns': '',
  'log/redact': 'log log/patterns',
  'llm-prices': 'errors.ts log',
  'log/query-language': 'errors.ts log',
  'log/filter': 'errors.ts log log/query-language',
  'log/logql': 'errors.ts log log/filter',
  'log/templates': 'log/query-language',
  'log/export': 'errors.ts log log/query-language',
  access: 'errors.ts timing log log/query-language log/filter',
  'record-names/shapes': 'log',
  'record-names': 'log record-names/shapes',
  'otlp/telemetry': 'errors.ts log',
  'otlp/json': 'log otlp/telemetry',
  otlp: 'log record-names otlp/telemetry',
  'log-file/entries': 'errors.ts log record-names otlp/telemetry otlp/json otlp',
  'log-file/formats': 'log record-names log-file/entries',
  'log-file/formats/databases': 'log log-file/formats',
  'log-file/formats/proxies': 'log log-file/formats',
  'log-file/formats/cloud': 'log log-file/formats',
  'log-file/formats/system': 'log record-names log-file/formats',
  'log-file/bytes': 'errors.ts',
  'log-file/envelopes': 'log record-names log-file/entries log-file/formats',
  'log-file/traces': 'log',
  'log-file':
    'errors.ts log log-file/entries log-file/formats log-file/formats/databases log-file/formats/proxies log-file/formats/cloud log-file/formats/system log-file/envelopes log-file/traces',
  'db/connection': 'errors.ts timing log',
  'db/keys': 'log access db/connection',
  'access/keys': 'errors.ts timing private-file.ts log access db/connection db/keys',
  'db/alerts': 'log db/connection',
  'db/searches': 'log db/connection',
  'watch/delivery/messages': 'log db/alerts',
  'watch/delivery': 'errors.ts version.ts timing metrics log access db/connection db/alerts watch/delivery/messages',
  'db/embedded': 'errors.ts timing db/connection',
  'db/schema': 'errors.ts timing log db/connection',
  'db/archive/duckdb': 'errors.ts timing private-file.ts log db/connection',
  'db/archive': 'errors.ts log db/connection db/archive/duckdb',
  'db/filter': 'log log/filter db/connection db/schema',
  'db/row': 'log db/schema',
  'db/partitions': 'log db/connection db/schema db/archive',
  'db/blocks': 'timing log log/filter db/connection db/schema db/row db/filter',
  'db/rollups': 'errors.ts log log/filter db/connection db/archive db/filter db/blocks',
  'db/archive/write':
    'errors.ts private-file.ts log db/connection db/schema db/archive/duckdb db/archive db/blocks db/rollups',
  'db/archive/export':
    'errors.ts private-file.ts log db/connection db/schema db/archive/duckdb db/archive db/archive/write db/partitions',
  'db/llm': 'log log/filter db/connection db/archive db/filter db/rollups',
  'db/read': 'errors.ts log log/filter db/connection db/schema db/archive db/filter db/blocks db/partitions db/rollups',
  'db/runs': 'log log/filter db/connection db/schema db/archive db/filter db/partitions',
  'db/write': 'errors.ts timing log db/connection db/archive db/row db/partitions db/blocks db/rollups db/runs',
  'db/cleanup':
    'errors.ts timing log log/filter db/connection db/schema db/archive db/filter db/blocks db/partitions db/rollups db/runs',
  'db/archive/import':
    'errors.ts private-file.ts log db/connection db/schema db/archive/duckdb db/archive db/archive/write db/partitions db/rollups db/runs',
  'watch/patterns': 'errors.ts timing log log/templates log/filter db/connection db/read',
  'db/stats':
    'errors.ts log log/filter log/logql db/connection db/schema db/archive db/filter db/blocks db/partitions db/rollups db/llm db/read',
  'db/chains': 'errors.ts log log/filter db/connection db/schema db/archive db/filter db/partitions db/llm db/read',
  watch:
    'errors.ts timing private-file.ts log log/filter access db/connection db/keys db/alerts db/searches watch/delivery',
  'watch/alerts':
    'errors.ts timing metrics log log/filter access db/connection db/keys db/alerts db/searches db/rollups db/read db/stats watch',
  live: 'errors.ts timing metrics log log/filter db/connection db/row db/read',
  ingest: 'log',
  'ingest/lane': 'log log/redact record-names log-file/entries db/row ingest',
  'ingest/spool': 'errors.ts timing folder-lock.ts private-file.ts log ingest',
  'ingest/write':
    'errors.ts timing metrics log access db/connection db/partitions db/row db/write live ingest ingest/spool',
  'ingest/listeners': 'errors.ts timing metrics cannot-listen.ts log access ingest ingest/write',
  'ingest/receivers/syslog': 'log log-file/formats log-file ingest/listeners',
  'ingest/redis': 'errors.ts timing log record-names log-file/entries log-file ingest ingest/spool ingest/write',
  'ingest/self-log': 'metrics log record-names ingest/write',
  'setting-values.ts': 'log log/redact access watch/delivery',
  'config.ts':
    'errors.ts log log/redact access db/schema ingest/write ingest/listeners ingest/receivers/syslog setting-values.ts watch/delivery',
  health:
    'version.ts secrets.ts timing log access db/connection db/keys db/alerts db/schema db/archive live ingest/spool ingest/write ingest/listeners ingest/redis config.ts',
  maintenance:
    'timing log db/connection db/keys db/schema db/archive db/blocks db/partitions db/rollups db/cleanup ingest/write config.ts watch db/alerts db/archive/duckdb db/archive/write',
  'metrics/scrape':
    'version.ts timing metrics log db/connection db/archive db/read live ingest/spool ingest/write ingest/listeners ingest/redis config.ts maintenance watch watch/alerts',
  resolvers:
    'errors.ts timing log log/filter access db/connection db/keys access/keys db/rollups db/llm db/cleanup db/read db/runs db/stats db/chains db/searches watch watch/patterns live ingest ingest/write config.ts health db/alerts watch/alerts watch/delivery',
  schema:
    'errors.ts log log/filter access db/keys access/keys db/llm db/cleanup db/read db/stats db/chains db/searches watch live ingest health resolvers db/alerts watch/alerts',
  'ingest/http': 'errors.ts timing metrics log access log-file/entries log-file ingest ingest/lane ingest/write',
  'ingest/receivers/protobuf': 'errors.ts',
  'ingest/receivers/otlp/protobuf': 'log ingest/receivers/protobuf otlp/telemetry',
  'ingest/receivers/otlp':
    'errors.ts log access record-names log-file/entries log-file ingest/http ingest/receivers/protobuf otlp/telemetry otlp ingest/receivers/otlp/protobuf otlp/json',
  'ingest/receivers/elasticsearch': 'errors.ts log access record-names log-file/entries log-file ingest ingest/http',
  'ingest/receivers/splunk': 'errors.ts log access record-names log-file/entries log-file ingest/http',
  'ingest/receivers/datadog': 'errors.ts log access record-names log-file/entries log-file ingest/http',
  'ingest/receivers/forward': 'log record-names log-file ingest/listeners',
  'ingest/receivers/gelf': 'errors.ts log access record-names log-file/entries log-file ingest/listeners ingest/http',
  'ingest/receivers/journald':
    'errors.ts log access record-names/shapes log-file/entries log-file ingest/listeners ingest/http',
  'ingest/receivers/loki':
    'errors.ts log access record-names log-file/entries log-file ingest/http ingest/receivers/protobuf',
  http: 'errors.ts timing metrics cannot-listen.ts log access access/keys config.ts health',
  'http/grpc': 'timing cannot-listen.ts config.ts ingest/receivers/protobuf http',
  'http/graphql': 'errors.ts metrics log log/filter access db/connection resolvers schema ingest/http http',
  'http/mcp/tools': '',
  'http/mcp': 'errors.ts version.ts log access schema http http/graphql http/mcp/tools',
  'http/export': 'errors.ts log log/filter log/export access config.ts db/connection db/archive db/read resolvers http',
  'http/page': 'errors.ts log http http/graphql',
  'http/websocket': 'errors.ts timing log access config.ts http http/graphql',
  'http/loki':
    'errors.ts version.ts timing log log/filter log/logql access config.ts db/connection db/read db/stats watch/patterns live ingest/http http http/graphql http/export http/websocket',
  seed: 'errors.ts log log/redact db/connection db/partitions ingest/write config.ts',
  server:
    'errors.ts timing metrics log llm-prices access db/connection access/keys db/schema db/partitions db/write db/cleanup live ingest/spool ingest/write ingest/listeners ingest/receivers/syslog ingest/redis config.ts ingest/http ingest/receivers/otlp http http/graphql ingest/receivers/loki ingest/receivers/elasticsearch ingest/receivers/splunk ingest/receivers/datadog ingest/receivers/gelf ingest/receivers/journald ingest/receivers/forward watch/alerts watch/delivery db/archive db/archive/duckdb maintenance http/grpc',
  'server.ts':
    'errors.ts logger.ts metrics folder-lock.ts log/redact access db/connection db/keys db/embedded db/partitions db/write live ingest/spool ingest/write ingest/self-log config.ts health maintenance metrics/scrape http http/graphql http/mcp http/export http/page http/websocket http/loki server watch watch/patterns',
  'cli/terminal': 'log',
  'cli/client': 'errors.ts secrets.ts private-file.ts log cli/terminal',
  'cli/tail': 'errors.ts timing log/filter cli/terminal cli/client',
  'cli/export': 'timing log log/export cli/terminal cli/client',
  'cli/import': 'errors.ts timing log log-file/entries log-file cli/terminal cli/client',
  'cli/runs': 'timing log cli/terminal cli/tail',
  'cli/alerts': 'log cli/terminal',
  'cli/mcp': 'log log-file/entries http/mcp cli/client',
  'cli/keys': 'folder-lock.ts db/connection db/embedded db/schema config.ts',
  'cli/archive':
    'errors.ts log log/export db/connection db/archive/duckdb db/archive db/archive/export db/archive/import cli/terminal cli/keys',
  cli: 'errors.ts secrets.ts logger.ts folder-lock.ts log log/query-language log/filter log/export access log-file/formats log-file/bytes log-file db/connection db/keys access/keys db/embedded db/schema db/rollups config.ts maintenance http seed server.ts cli/terminal cli/client cli/tail cli/export cli/import cli/runs cli/alerts cli/mcp cli/keys cli/archive',
  'main.ts': 'version.ts secrets.ts cli/client cli/terminal cli',
};

const FOLDERS = Object.keys(MAY_IMPORT);
const IMPORT = /(?:from\s+|import\s*\(\s*)'(\.{1,2}\/[^']*\.ts)'/g;

const FILES = new Map(
  globSync('src/**/*.ts').map((file) => {
    const text = readFileSync(file, 'utf8');
    return [file, Array.from(text.matchAll(IMPORT), ([, path]) => normalize(join(dirname(file), path!)))];
  }),
);

/** `db/read` for `src/db/read/walk.ts`; a file at the top stands for itself. */
function folderOf(file: string): string {
  const path = file.slice('src/'.length);
  return path.includes('/') ? dirname(path) : path;
}

test('each folder imports only folders that its line names', () => {
  const wrong = Array.from(FILES).flatMap(([file, imports]) => {
    const allowed = [folderOf(file), ...(MAY_IMPORT[folderOf(file)] ?? '').split(' ')];
    return imports.filter((other) => !allowed.includes(folderOf(other))).map((other) => `${file} imports ${other}`);
  });
  expect(wrong).toEqual([]);
});

test('every line names folders above it, that are there and that it needs', () => {
  const needed = new Set(
    Array.from(FILES).flatMap(([file, imports]) => imports.map((other) => `${folderOf(file)} -> ${folderOf(other)}`)),
  );
  const wrong = FOLDERS.flatMap((folder, at) =>
    MAY_IMPORT[folder]!.split(' ')
      .filter((other) => other !== '')
      .filter((other) => !FOLDERS.slice(0, at).includes(other) || !needed.has(`${folder} -> ${other}`))
      .map((other) => `${folder} -> ${other}`),
  );
  expect(wrong).toEqual([]);
  expect(new Set(Array.from(FILES.keys(), folderOf))).toEqual(new Set(FOLDERS));
});

test('no file imports itself, not even through others', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || done.has(file)) return;
    for (const other of FILES.get(file) ?? []) follow(other, [...path, file]);
    done.add(file);
  };
  for (const file of FILES.keys()) follow(file, []);
  expect(circles).toEqual([]);
});
