import type { HealthReport } from '../health/report.ts';
import { builder, costs } from './builder.ts';

const HealthStatus = builder.enumType('HealthStatus', {
  description: 'How a server, or a part of it, is.',
  values: {
    HEALTHY: { description: 'All as it should be.' },
    DEGRADED: { description: 'Records are taken in and can be read, and something needs a person.' },
    UNHEALTHY: { description: 'Records cannot be taken in, or cannot be read.' },
  } as const,
});

const WorkerStatus = builder.enumType('WorkerStatus', {
  description: 'What a writer does right now.',
  values: {
    IDLE: { description: 'It waits for records.' },
    WRITING: { description: 'It stores a batch.' },
    RETRYING: { description: 'Storing a batch failed; it tries again.' },
    STOPPED: { description: 'It stores nothing any more: the server is closing.' },
  } as const,
});

const BreakerState = builder.enumType('BreakerState', {
  description: 'Whether batches go to the database or to the spool.',
  values: {
    CLOSED: { description: 'To the database.' },
    OPEN: { description: 'To the spool: the database failed again and again.' },
    HALF_OPEN: { description: 'One batch tries the database; if it is stored, the breaker closes.' },
  } as const,
});

const PubSubKind = builder.enumType('PubSubKind', {
  description: 'What carries news of stored batches to the tails.',
  values: {
    REDIS: { description: 'Redis: tails see the records of every server at once.' },
    IN_PROCESS: { description: 'The process itself; records of other servers are found by polling the database.' },
  } as const,
});

const HealthProblem = builder.objectRef<HealthReport['problems'][number]>('HealthProblem');
HealthProblem.implement({
  description: 'One reason why a server is not HEALTHY.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'For programs: it stays the same in later versions.' }),
    message: t.exposeString('message', { description: 'For people: one sentence, with the figures of this moment.' }),
  }),
});

const DatabaseHealth = builder.objectRef<HealthReport['database']>('DatabaseHealth');
DatabaseHealth.implement({
  description: 'The logs database, as this server sees it.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'How it is.' }),
    latencyMs: t.exposeFloat('latencyMs', {
      nullable: true,
      description: 'How long the smallest statement took; null where it got no answer.',
    }),
    serverVersion: t.exposeString('serverVersion', { nullable: true, description: 'Version of PostgreSQL.' }),
    schemaVersion: t.exposeInt('schemaVersion', { nullable: true, description: 'Migrations that have run.' }),
    schemaLatest: t.exposeInt('schemaLatest', { description: 'Migrations that this version of Weir has.' }),
    missing: t.exposeStringList('missing', { description: 'Tables and indexes that should be there and are not.' }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'SafeInt',
      nullable: true,
      description: 'Size of the whole database on disk.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'What went wrong when it was asked last; null where nothing did.',
    }),
  }),
});

const QueueHealth = builder.objectRef<HealthReport['queue']>('QueueHealth');
QueueHealth.implement({
  description:
    'Records taken in and not stored yet, in memory and in Redis together. Under load some always wait: it is a problem only when they are many and the oldest waits long.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'How it is.' }),
    depth: t.expose('depth', { type: 'SafeInt', description: 'Records that wait.' }),
    bytes: t.expose('bytes', { type: 'SafeInt', description: 'Their size, roughly.' }),
    oldestAgeMs: t.exposeFloat('oldestAgeMs', {
      description: 'How long the oldest of them has waited; 0 where none waits.',
    }),
    warningAt: t.expose('warningAt', {
      type: 'SafeInt',
      description: 'Depth from which it is DEGRADED, if the oldest waits for more than a second.',
    }),
    criticalAt: t.expose('criticalAt', {
      type: 'SafeInt',
      description: 'Depth from which it is UNHEALTHY, if the oldest waits for more than ten seconds.',
    }),
  }),
});

const WorkerHealth = builder.objectRef<HealthReport['workers'][number]>('WorkerHealth');
WorkerHealth.implement({
  description: 'One writer: it stores batches, on a database connection of its own.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "Its name in the server's own log." }),
    status: t.expose('status', { type: WorkerStatus, description: 'What it does right now.' }),
    rowsWritten: t.expose('rowsWritten', {
      type: 'SafeInt',
      description: 'Records it stored since the server started.',
    }),
    batchesWritten: t.expose('batchesWritten', {
      type: 'SafeInt',
      description: 'Batches it stored since the server started.',
    }),
    lastWriteAt: t.expose('lastWriteAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stored its last batch; null: none yet.',
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'What its last failure was; null: none yet.',
    }),
  }),
});

const SpoolHealth = builder.objectRef<HealthReport['spool']>('SpoolHealth');
SpoolHealth.implement({
  description: "Records kept safe on the server's own disk while the database is away.",
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'How it is.' }),
    enabled: t.exposeBoolean('enabled', {
      description: 'Without a spool, senders are refused while the database is away.',
    }),
    segments: t.exposeInt('segments', { description: 'Its files.' }),
    bytes: t.expose('bytes', { type: 'SafeInt', description: 'Their size.' }),
    oldestAt: t.expose('oldestAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when its oldest batch waits; null: it is empty.',
    }),
    breaker: t.expose('breaker', {
      type: BreakerState,
      description: 'Whether batches go to the database or to the spool.',
    }),
  }),
});

const PubSubHealth = builder.objectRef<HealthReport['pubsub']>('PubSubHealth');
PubSubHealth.implement({
  description: 'What tells the tails of stored batches. Without it they poll: a little later, and nothing is lost.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'How it is.' }),
    kind: t.expose('kind', { type: PubSubKind, description: 'What carries the news.' }),
    latencyMs: t.exposeFloat('latencyMs', {
      nullable: true,
      description: 'How long it took to answer; null where it did not.',
    }),
    subscriptions: t.exposeInt('subscriptions', { description: 'Tails that run on this server.' }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'What went wrong when it was used last; null where nothing did.',
    }),
  }),
});

const ActivityHealth = builder.objectRef<HealthReport['activity']>('ActivityHealth');
ActivityHealth.implement({
  description: 'What was stored lately, by all servers of this database. Null where the database does not say.',
  fields: (t) => ({
    lastWriteAt: t.expose('lastWriteAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last batch was committed.',
    }),
    rowsLastMinute: t.expose('rowsLastMinute', {
      type: 'SafeInt',
      nullable: true,
      description: 'Records stored in the last minute.',
    }),
    rowsLastFiveMinutes: t.expose('rowsLastFiveMinutes', {
      type: 'SafeInt',
      nullable: true,
      description: 'Records stored in the last five minutes.',
    }),
  }),
});

const Health = builder.objectRef<HealthReport>('Health');
Health.implement({
  description: 'How the server that answers is, and each part of it.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'The worst of all parts.' }),
    problems: t.expose('problems', { type: [HealthProblem], description: 'Why it is not HEALTHY, the worst first.' }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', description: 'When this was found.' }),
    version: t.exposeString('version', { description: 'Version of Weir.' }),
    uptime: t.expose('uptime', { type: 'Duration', description: 'How long the server has been running.' }),
    database: t.expose('database', { type: DatabaseHealth, description: 'The logs database.' }),
    queue: t.expose('queue', { type: QueueHealth, description: 'What waits to be stored.' }),
    workers: t.expose('workers', { type: [WorkerHealth], description: 'The writers.' }),
    spool: t.expose('spool', { type: SpoolHealth, description: "The spool on the server's own disk." }),
    pubsub: t.expose('pubsub', { type: PubSubHealth, description: 'What tells the tails of stored batches.' }),
    activity: t.expose('activity', { type: ActivityHealth, description: 'What was stored lately.' }),
  }),
});

builder.queryField('health', (t) =>
  t.field({
    ...costs({ statements: 1 }),
    type: Health,
    nullable: true,
    description: 'How the server that answers is. It answers also while the database is away.',
    resolve: (_, __, { health }) => health.read(),
  }),
);

builder.subscriptionField('health', (t) =>
  t.field({
    type: Health,
    description: 'How the server is: at once, and again whenever its status or the codes of its problems change.',
    subscribe: (_, __, { health }) => health.changes(),
    resolve: (report) => report,
  }),
);
