import { HEALTH_CODES } from '../health/codes.ts';
import type { HealthReport } from '../health/report.ts';
import { ofAllRecords } from '../resolvers/visible.ts';
import { builder, costs } from './builder.ts';

const HealthStatus = builder.enumType('HealthStatus', {
  description: 'The state of a server, or of one of its components.',
  values: {
    HEALTHY: { description: 'Everything works.' },
    DEGRADED: { description: 'The server stores and reads records, but somebody must look at a problem.' },
    UNHEALTHY: { description: 'The server cannot store records, or cannot read them.' },
  } as const,
});

const WorkerStatus = builder.enumType('WorkerStatus', {
  description: 'What a writer is doing now.',
  values: {
    IDLE: { description: 'It is waiting for records.' },
    WRITING: { description: 'It is storing a batch.' },
    RETRYING: { description: 'It failed to store a batch and is retrying.' },
    STOPPED: { description: 'It has stopped, because the server is closing.' },
  } as const,
});

const BreakerState = builder.enumType('BreakerState', {
  description: 'The state of the circuit breaker, which decides whether batches go to the database or to the spool.',
  values: {
    CLOSED: { description: 'Batches go to the database.' },
    OPEN: { description: 'Batches go to the spool, because the database failed repeatedly.' },
    HALF_OPEN: { description: 'One batch goes to the database as a trial. If it is stored, the breaker closes.' },
  } as const,
});

const PubSubKind = builder.enumType('PubSubKind', {
  description: 'How tails are notified of stored batches.',
  values: {
    REDIS: { description: 'Through Redis: tails get the records of all servers immediately.' },
    IN_PROCESS: { description: 'Within the process. Tails get the records of other servers by polling the database.' },
  } as const,
});

const AuthMode = builder.enumType('AuthMode', {
  description: 'When a server asks its clients for API keys.',
  values: {
    REQUIRED: { value: 'required', description: 'Always. Only what says nothing of records needs no key.' },
    LOOPBACK: {
      value: 'loopback',
      description: 'Never, because it listens on the loopback interface: only programs of its machine reach it.',
    },
    OFF: { value: 'off', description: 'Never, because of `AUTH=off`.' },
  } as const,
});

const codes = Object.entries(HEALTH_CODES)
  .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
  .join('\n');

const HealthProblem = builder.objectRef<HealthReport['problems'][number]>('HealthProblem');
HealthProblem.implement({
  description: 'A reason why a server is not HEALTHY.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: `For programs. The codes stay the same in later versions; new ones may be added.\n\n${codes}`,
    }),
    message: t.exposeString('message', { description: 'For people: what is wrong, with current figures.' }),
  }),
});

const DatabaseHealth = builder.objectRef<HealthReport['database']>('DatabaseHealth');
DatabaseHealth.implement({
  description: 'The logs database, seen from this server.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'Its state.' }),
    latencyMs: t.exposeFloat('latencyMs', {
      nullable: true,
      description: 'The time that the smallest statement took, in milliseconds. Null if the database does not respond.',
    }),
    serverVersion: t.exposeString('serverVersion', { nullable: true, description: 'The version of PostgreSQL.' }),
    schemaVersion: t.exposeInt('schemaVersion', {
      nullable: true,
      description: 'The number of migrations that have run.',
    }),
    schemaLatest: t.exposeInt('schemaLatest', { description: 'The number of migrations of this version of Weir.' }),
    missing: t.exposeStringList('missing', { description: 'Tables, indexes and extensions that are missing.' }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'SafeInt',
      nullable: true,
      description: 'The size of the whole database on disk, in bytes.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'The error of the last check. Null if it succeeded.',
    }),
  }),
});

const QueueHealth = builder.objectRef<HealthReport['queue']>('QueueHealth');
QueueHealth.implement({
  description:
    'Records that wait to be stored, in memory and in Redis together. Under load some records always wait. This is a problem only if many wait and the oldest has waited long.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'Its state.' }),
    depth: t.expose('depth', { type: 'SafeInt', description: 'The number of waiting records.' }),
    bytes: t.expose('bytes', { type: 'SafeInt', description: 'Their approximate size in bytes.' }),
    oldestAgeMs: t.exposeFloat('oldestAgeMs', {
      description: 'How long the oldest record has waited, in milliseconds; 0 if none waits.',
    }),
    warningAt: t.expose('warningAt', {
      type: 'SafeInt',
      description:
        'The depth from which the state is DEGRADED, if the oldest record has waited for more than a second.',
    }),
    criticalAt: t.expose('criticalAt', {
      type: 'SafeInt',
      description:
        'The depth from which the state is UNHEALTHY, if the oldest record has waited for more than ten seconds.',
    }),
  }),
});

const WorkerHealth = builder.objectRef<HealthReport['workers'][number]>('WorkerHealth');
WorkerHealth.implement({
  description: 'A writer. It stores batches on its own database connection.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name in the log of the server.' }),
    status: t.expose('status', { type: WorkerStatus, description: 'What it is doing now.' }),
    rowsWritten: t.expose('rowsWritten', {
      type: 'SafeInt',
      description: 'The number of records that it has stored since the server started.',
    }),
    batchesWritten: t.expose('batchesWritten', {
      type: 'SafeInt',
      description: 'The number of batches that it has stored since the server started.',
    }),
    lastWriteAt: t.expose('lastWriteAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stored its last batch. Null if it has not stored any.',
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Its last error. Null if it has not had any.',
    }),
  }),
});

const SpoolHealth = builder.objectRef<HealthReport['spool']>('SpoolHealth');
SpoolHealth.implement({
  description: "The spool keeps records on the server's disk while the database is unavailable.",
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'Its state.' }),
    enabled: t.exposeBoolean('enabled', {
      description: 'Whether the spool is on. If it is off, senders are rejected while the database is unavailable.',
    }),
    segments: t.exposeInt('segments', { description: 'The number of its files.' }),
    bytes: t.expose('bytes', { type: 'SafeInt', description: 'The size of its files in bytes.' }),
    oldestAt: t.expose('oldestAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its oldest batch was spooled. Null if the spool is empty.',
    }),
    breaker: t.expose('breaker', {
      type: BreakerState,
      description:
        'The state of the circuit breaker, which decides whether batches go to the database or to the spool.',
    }),
  }),
});

const ArchiveHealth = builder.objectRef<NonNullable<HealthReport['archive']>>('ArchiveHealth');
ArchiveHealth.implement({
  description:
    'The archive, as this server sees it: its folder, its files and what writes them. Files are looked at in the background, so a damage may show a minute late; a question that needs the file fails at once.',
  fields: (t) => ({
    status: t.expose('status', {
      type: HealthStatus,
      description:
        'Its state. UNHEALTHY: archived records cannot be read, and questions about their time fail. The state of the server is then DEGRADED: it stores records, and reads all others.',
    }),
    damaged: t.field({
      ...costs({ size: 100 }),
      type: ['String'],
      description:
        'Files that are missing, cut or changed, at most 100 of them: each the path within the archive, and what is wrong.',
      resolve: ({ damaged }) => [...damaged],
    }),
    damagedFiles: t.exposeInt('damagedFiles', { description: 'The number of files that are missing, cut or changed.' }),
    checkedAt: t.expose('checkedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When this server had last looked at all files. Null if it has not yet.',
    }),
    due: t.exposeInt('due', {
      nullable: true,
      description:
        'The number of sealed partitions that are older than `ARCHIVE_AFTER` and wait to be archived. Null if this server archives none.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the last attempt of this server to archive a partition failed. Null if it succeeded.',
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'When the first of the attempts failed that have failed in a row. Null if the last one succeeded.',
    }),
  }),
});

const PubSubHealth = builder.objectRef<HealthReport['pubsub']>('PubSubHealth');
PubSubHealth.implement({
  description:
    'Notifies tails of stored batches. If it fails, tails poll the database: records come a little later, and none is lost.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'Its state.' }),
    kind: t.expose('kind', { type: PubSubKind, description: 'How tails are notified.' }),
    latencyMs: t.exposeFloat('latencyMs', {
      nullable: true,
      description: 'The time that it took to respond, in milliseconds. Null if it did not respond.',
    }),
    subscriptions: t.exposeInt('subscriptions', { description: 'The number of tails on this server.' }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'The error of its last use. Null if it succeeded.',
    }),
  }),
});

const ActivityHealth = builder.objectRef<HealthReport['activity']>('ActivityHealth');
ActivityHealth.implement({
  description: 'Recent writes of all servers of this database. Null if the database does not respond.',
  fields: (t) => ({
    lastWriteAt: t.expose('lastWriteAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last batch was committed.',
    }),
    rowsLastMinute: t.expose('rowsLastMinute', {
      type: 'SafeInt',
      nullable: true,
      description: 'The number of records stored in the last minute.',
    }),
    rowsLastFiveMinutes: t.expose('rowsLastFiveMinutes', {
      type: 'SafeInt',
      nullable: true,
      description: 'The number of records stored in the last five minutes.',
    }),
  }),
});

const Health = builder.objectRef<HealthReport>('Health');
Health.implement({
  description: 'The state of the server that sends this response, and of its components.',
  fields: (t) => ({
    status: t.expose('status', {
      type: HealthStatus,
      description: 'The worst state of all components. An archive that is UNHEALTHY counts as DEGRADED.',
    }),
    problems: t.expose('problems', {
      type: [HealthProblem],
      description: 'The reasons why the server is not HEALTHY, the worst first.',
    }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', description: 'When the state was checked.' }),
    version: t.exposeString('version', { description: 'The version of Weir.' }),
    uptime: t.expose('uptime', { type: 'Duration', description: 'The time since the server started.' }),
    database: t.expose('database', { type: DatabaseHealth, description: 'The logs database.' }),
    queue: t.expose('queue', { type: QueueHealth, description: 'Records that wait to be stored.' }),
    workers: t.expose('workers', { type: [WorkerHealth], description: 'The writers.' }),
    spool: t.expose('spool', { type: SpoolHealth, description: "The spool on the server's disk." }),
    archive: t.expose('archive', {
      type: ArchiveHealth,
      nullable: true,
      description: 'The archive. Null if none is set and nothing is archived.',
    }),
    pubsub: t.expose('pubsub', { type: PubSubHealth, description: 'Notifies tails of stored batches.' }),
    activity: t.expose('activity', { type: ActivityHealth, description: 'Recent writes.' }),
    auth: t.expose('auth', { type: AuthMode, description: 'When clients need an API key.' }),
  }),
});

builder.queryField('health', (t) =>
  t.field({
    ...costs({ statements: 1 }),
    type: Health,
    nullable: true,
    description:
      'The state of the server that sends this response. It works even if the database is unavailable. FORBIDDEN for a key with a scope: it is about all records.',
    resolve: (_, __, context) => ofAllRecords(context, 'health').health.read(),
  }),
);

builder.subscriptionField('health', (t) =>
  t.field({
    type: Health,
    description:
      'The state of the server: immediately, and whenever its status or the codes of its problems change. FORBIDDEN for a key with a scope.',
    subscribe: (_, __, context) => ofAllRecords(context, 'health').health.changes(),
    resolve: (report) => report,
  }),
);
