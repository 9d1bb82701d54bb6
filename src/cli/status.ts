import { Command } from 'commander';
import { parseDuration } from '../log/duration.ts';
import { type ApiError, send, sentence } from './client/api.ts';
import { examples, type UrlOption, withUrl } from './options.ts';
import { type Paint, paintFor } from './terminal/colours.ts';
import { print, say } from './terminal/output.ts';
import { jsonLine, printable } from './terminal/printable.ts';
import { count, number, size, span } from './terminal/quantity.ts';

const STATUS = `query Status {
  health {
    status checkedAt version uptime
    problems { code message }
    database { status latencyMs serverVersion schemaVersion schemaLatest missing sizeBytes error }
    queue { status depth bytes oldestAgeMs warningAt criticalAt }
    workers { name status rowsWritten batchesWritten lastWriteAt lastError }
    archive { status damagedFiles due error }
    spool { status enabled segments bytes oldestAt breaker }
    pubsub { status kind latencyMs subscriptions error }
    activity { lastWriteAt rowsLastMinute rowsLastFiveMinutes }
  }
  storage {
    sizeBytes rows oldest newest retention partitions { name from to state rows bytes }
    archive { files rows bytes oldest newest }
  }
}`;

export interface Health {
  status: string;
  checkedAt: string;
  version: string;
  uptime: string;
  problems: { code: string; message: string }[];
  database: {
    status: string;
    latencyMs: number | null;
    serverVersion: string | null;
    schemaVersion: number | null;
    schemaLatest: number;
    missing: string[];
    sizeBytes: number | null;
    error: string | null;
  };
  queue: { status: string; depth: number; bytes: number; oldestAgeMs: number; warningAt: number; criticalAt: number };
  workers: {
    name: string;
    status: string;
    rowsWritten: number;
    batchesWritten: number;
    lastWriteAt: string | null;
    lastError: string | null;
  }[];
  spool: {
    status: string;
    enabled: boolean;
    segments: number;
    bytes: number;
    oldestAt: string | null;
    breaker: string;
  };
  archive: { status: string; damagedFiles: number; due: number | null; error: string | null } | null;
  pubsub: { status: string; kind: string; latencyMs: number | null; subscriptions: number; error: string | null };
  activity: { lastWriteAt: string | null; rowsLastMinute: number | null; rowsLastFiveMinutes: number | null };
}

export interface Storage {
  sizeBytes: number;
  rows: number;
  oldest: string | null;
  newest: string | null;
  retention: string | null;
  partitions: { name: string; from: string; to: string; state: string; rows: number; bytes: number }[];
  archive: { files: number; rows: number; bytes: number; oldest: string | null; newest: string | null } | null;
}

interface Status {
  health: Health | null;
  storage: Storage | null;
}

export const statusCommand = (stop: AbortSignal): Command =>
  withUrl(new Command('status').description('Show the health of the server and what it stores.'))
    .option('--json', 'as one JSON object, named as in the API')
    .addHelpText(
      'after',
      `\nExit code: 0 where the server is HEALTHY or DEGRADED, 1 where it is UNHEALTHY or cannot be reached.
${examples('weir status', "weir status --json | jq '.health.problems'")}`,
    )
    .action((options: UrlOption & { json?: true }) => status(options, stop));

async function status(options: UrlOption & { json?: true }, stop: AbortSignal): Promise<void> {
  const { data, errors } = await send<Status>(options.url, { query: STATUS }, stop);
  if (!data?.health) throw errors[0] ?? new Error(`${options.url} sent no health`);
  if (options.json) {
    await print(jsonLine(data));
    for (const error of errors) say(`weir: ${sentence(error)}`);
  } else {
    await print(statusTable(data.health, data.storage, errors, paintFor(process.stdout)));
  }
  if (data.health.status === 'UNHEALTHY') process.exitCode = 1;
}

type Row = [name: string, status: string, facts: (string | null | false)[]];

/** A row for each component of the server, then its problems. */
export function statusTable(health: Health, storage: Storage | null, errors: ApiError[], paint: Paint): string {
  const rows: Row[] = [
    ['weir', health.status, [health.version, `up ${shownDuration(health.uptime)}`]],
    databaseRow(health),
    queueRow(health),
    writersRow(health),
    spoolRow(health),
    pubsubRow(health),
    activityRow(health),
    storage ? storageRow(storage) : ['storage', '', [errors[0] ? sentence(errors[0]) : 'unknown']],
    ...archiveRows(health, storage),
  ];
  return [
    ...rows.map((row) => shownRow(row, paint)),
    ...health.problems.map(({ code, message }) => `${paint('yellow', printable(code))}: ${printable(message)}`),
  ].join('\n');
}

const NAME_WIDTH = 10;
const STATUS_WIDTH = 'UNHEALTHY'.length + 1;
const STATUS_FORMAT = { HEALTHY: 'green', DEGRADED: 'yellow', UNHEALTHY: 'red' } as const;

function shownRow([name, status, facts]: Row, paint: Paint): string {
  const format = STATUS_FORMAT[status as keyof typeof STATUS_FORMAT] ?? 'reset';
  const shown = facts.filter((fact) => fact !== null && fact !== false).map((fact) => printable(fact));
  return `${name.padEnd(NAME_WIDTH)}${paint(format, printable(status).padEnd(STATUS_WIDTH))}${shown.join(', ')}`;
}

const databaseRow = ({ database }: Health): Row => [
  'database',
  database.status,
  [
    database.serverVersion && `PostgreSQL ${database.serverVersion}`,
    `schema ${database.schemaVersion ?? '?'} of ${database.schemaLatest}`,
    database.latencyMs !== null && span(database.latencyMs),
    database.sizeBytes !== null && size(database.sizeBytes),
    database.missing.length > 0 && `missing: ${database.missing.join(' ')}`,
    database.error,
  ],
];

const queueRow = ({ queue }: Health): Row => [
  'queue',
  queue.status,
  [
    `${number(queue.depth)} waiting (${size(queue.bytes)})`,
    queue.depth > 0 && `the oldest for ${span(queue.oldestAgeMs)}`,
    `warning at ${number(queue.warningAt)}, critical at ${number(queue.criticalAt)}`,
  ],
];

const writersRow = ({ workers }: Health): Row => {
  const states = Map.groupBy(workers, (worker) => worker.status);
  return [
    'writers',
    '',
    [
      ...[...states].map(([state, those]) => `${those.length} ${state.toLowerCase()}`),
      `${count(
        workers.reduce((sum, worker) => sum + worker.rowsWritten, 0),
        'record',
      )} written`,
      ...workers.map(({ name, lastError }) => lastError && `${name}: ${lastError}`),
    ],
  ];
};

const spoolRow = ({ spool }: Health): Row => [
  'spool',
  spool.status,
  spool.enabled || spool.segments > 0
    ? [
        spool.segments === 0 ? 'empty' : `${count(spool.segments, 'segment')} (${size(spool.bytes)})`,
        spool.oldestAt && `the oldest of ${spool.oldestAt}`,
        !spool.enabled && 'disabled',
        `breaker ${spool.breaker.toLowerCase().replace('_', ' ')}`,
      ]
    : ['disabled', `breaker ${spool.breaker.toLowerCase().replace('_', ' ')}`],
];

const pubsubRow = ({ pubsub }: Health): Row => [
  'pub/sub',
  pubsub.status,
  [
    pubsub.kind.toLowerCase().replace('_', ' '),
    pubsub.latencyMs !== null && span(pubsub.latencyMs),
    count(pubsub.subscriptions, 'subscription'),
    pubsub.error,
  ],
];

const activityRow = ({ activity }: Health): Row => [
  'activity',
  '',
  [
    activity.rowsLastMinute !== null && `${count(activity.rowsLastMinute, 'record')} in the last minute`,
    activity.rowsLastFiveMinutes !== null && `${number(activity.rowsLastFiveMinutes)} in the last five`,
    activity.lastWriteAt ? `the last at ${activity.lastWriteAt}` : 'none known',
  ],
];

const storageRow = ({ rows, sizeBytes, oldest, newest, retention, partitions }: Storage): Row => [
  'storage',
  '',
  [
    `${count(rows, 'record')} (${size(sizeBytes)})`,
    oldest && newest && `${oldest} to ${newest}`,
    partitionsText(partitions),
    retention ? `kept for ${shownDuration(retention)}` : 'kept for ever',
  ],
];

const partitionsText = (partitions: Storage['partitions']): string => {
  const archived = partitions.filter(({ state }) => state === 'ARCHIVED').length;
  return `${count(partitions.length, 'partition')}${archived > 0 ? ` (${number(archived)} archived)` : ''}`;
};

/** None where no archive is set. */
function archiveRows({ archive: state }: Health, storage: Storage | null): Row[] {
  const archive = storage?.archive;
  if (!state) return [];
  const held =
    archive && `${count(archive.rows, 'record')} (${size(archive.bytes)}) in ${count(archive.files, 'file')}`;
  return [
    [
      'archive',
      state.status,
      [
        held ?? null,
        archive?.oldest && archive.newest ? `${archive.oldest} to ${archive.newest}` : null,
        state.due !== null && state.due > 0 && `${count(state.due, 'partition')} due`,
        state.damagedFiles > 0 && `${number(state.damagedFiles)} damaged`,
        state.error,
      ],
    ],
  ];
}

const shownDuration = (iso: string): string => span(parseDuration(iso) ?? 0);
