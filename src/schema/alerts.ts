import type { ALERT_STATES, MEASURES } from '../db/alerts/alerts.ts';
import { alerts, deleteAlert, notifiersOf, saveAlert, searchOf, silenceAlert, testAlert } from '../resolvers/alerts.ts';
import { NOTIFIERS_PER_ALERT } from '../watch/alerts/alert-content.ts';
import { MINUTE_MS } from '../watch/alerts/minute.ts';
import { ALERTS_MAX } from '../watch/change-alerts.ts';
import { Delivery } from './alert-events.ts';
import { builder, costs } from './builder.ts';
import { Node } from './node.ts';
import { Notifier } from './notifiers.ts';
import { Alert, SavedSearch } from './references.ts';

const MEASURE_VALUES: Readonly<Record<(typeof MEASURES)[number], { description: string }>> = {
  COUNT: { description: 'How many records match. Fires at `threshold` or more.' },
  ERROR_RATE: {
    description:
      'The share of records at ERROR or above, as `LogStats.errorRate`. Fires at `threshold` (0 to 1) or more. With fewer than `minimum` records it is OK, and `value` is null.',
  },
  ABSENCE: { description: 'How many records match. Fires at 0.' },
  NEW_ERROR: {
    description:
      'How many error groups (as in `topErrors`) of the matching records were not among the matching records of the seven days before the window. Fires at 1 or more. OK where nothing is stored from before the window.',
  },
  LLM_COST_USD: {
    description: 'What the model calls of matching records cost, as `LlmTotals.costUsd`. Fires at `threshold` or more.',
  },
};

export const AlertMeasure = builder.enumType('AlertMeasure', {
  description: 'What an alert measures in its window.',
  values: MEASURE_VALUES,
});

const STATE_VALUES: Readonly<Record<(typeof ALERT_STATES)[number], { description: string }>> = {
  OK: { description: 'It does not fire.' },
  FIRING: { description: 'It fires.' },
  UNKNOWN: {
    description:
      'Nobody can tell: the evaluation failed or ran out of time, or records that came before it are known to wait in the spool or queue of a server. `error` says why.',
  },
};

const AlertState = builder.enumType('AlertState', {
  description: 'What the last evaluation of an alert found.',
  values: STATE_VALUES,
});

const DESCRIPTIONS = {
  name: 'Its name, 1 to 100 characters. No two alerts have the same.',
  measure: 'What is measured.',
  threshold:
    'The value at which it fires: above 0. Needed for COUNT, ERROR_RATE and LLM_COST_USD, an error for the other measures.',
  minimum: 'Of ERROR_RATE: with fewer records in the window it is OK.',
  window: 'How far back it looks: whole minutes, PT1M to P7D.',
  cooldown:
    'The least time between two FIRED events, also if it was OK between them. If it still fires when the time is over, or fires again after that, it is told again. PT0S: each change from OK to firing is told, and nothing is repeated.',
  enabled: 'Whether it is evaluated.',
};

Alert.implement({
  description:
    'Is evaluated for each whole minute M, 10 s after it by the clock of the database, over the records with a `timestamp` in [M - `window`, M) that match the search. ' +
    'Whether it fires depends on stored records alone. Records that are stored later change no event. A FIRED event tells that it fires, RESOLVED that it is OK again; UNKNOWN makes no event. ' +
    'Alerts are about all records: not for keys with a scope.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: DESCRIPTIONS.name }),
    search: t.field({
      type: SavedSearch,
      description: 'The search whose records it measures.',
      resolve: (alert, _, context) => searchOf(alert, context),
    }),
    measure: t.expose('measure', { type: AlertMeasure, description: DESCRIPTIONS.measure }),
    threshold: t.exposeFloat('threshold', { nullable: true, description: DESCRIPTIONS.threshold }),
    minimum: t.expose('minimum', { type: 'SafeInt', description: DESCRIPTIONS.minimum }),
    window: t.field({
      type: 'Duration',
      description: DESCRIPTIONS.window,
      resolve: ({ windowMinutes }) => windowMinutes * MINUTE_MS,
    }),
    cooldown: t.expose('cooldownMs', { type: 'Duration', description: DESCRIPTIONS.cooldown }),
    notify: t.field({
      ...costs({ size: NOTIFIERS_PER_ALERT }),
      type: [Notifier],
      description: 'Where its events are sent, by name. Needs the right ADMIN.',
      resolve: (alert, _, context) => notifiersOf(alert, context),
    }),
    enabled: t.exposeBoolean('enabled', { description: DESCRIPTIONS.enabled }),
    silencedUntil: t.expose('silencedUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until then nothing is sent. It is evaluated all the same, and has events.',
    }),
    state: t.expose('state', { type: AlertState, description: 'What the last evaluation found.' }),
    value: t.exposeFloat('value', { nullable: true, description: 'The value that the last evaluation found.' }),
    evaluatedAt: t.expose('evaluatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last evaluated. Null: never.',
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why the state is UNKNOWN. Null in other states.' }),
  }),
});

type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

/** What inputs of alerts and of previews have in common. */
export const ruleInputs = (t: InputFields) => ({
  measure: t.field({ type: AlertMeasure, required: true, description: DESCRIPTIONS.measure }),
  threshold: t.float({ description: DESCRIPTIONS.threshold }),
  minimum: t.field({ type: 'SafeInt', defaultValue: 1, description: DESCRIPTIONS.minimum }),
  window: t.field({ type: 'Duration', required: true, description: DESCRIPTIONS.window }),
  cooldown: t.field({ type: 'Duration', required: true, defaultValue: 3_600_000, description: DESCRIPTIONS.cooldown }),
});

const AlertInput = builder.inputType('AlertInput', {
  description: 'All of an alert.',
  fields: (t) => ({
    name: t.string({ required: true, description: DESCRIPTIONS.name }),
    searchId: t.id({ required: true, description: 'The `id` of the saved search whose records it measures.' }),
    ...ruleInputs(t),
    notifierIds: t.idList({
      required: true,
      description: `The \`id\`s of the notifiers that its events are sent to: at most ${NOTIFIERS_PER_ALERT}.`,
    }),
    enabled: t.boolean({ required: true, defaultValue: true, description: DESCRIPTIONS.enabled }),
  }),
});

builder.queryField('alerts', (t) =>
  t.field({
    ...costs({ statements: 1, size: ALERTS_MAX }),
    type: [Alert],
    nullable: true,
    description: `The alerts, by name: at most ${ALERTS_MAX}. FORBIDDEN for a key with a scope.`,
    args: {
      states: t.arg({ type: [AlertState], description: 'Only alerts in one of these states. If omitted, all.' }),
    },
    resolve: (_, { states }, context) => alerts(states, context),
  }),
);

const ID = 'The `id` of the alert.';

builder.mutationFields((t) => ({
  saveAlert: t.field({
    ...costs({ statements: 10 }),
    type: Alert,
    nullable: true,
    description:
      'Saves an alert: a new one without `id`, otherwise all of that one is replaced. What it told before goes on: state, events, and the time of `cooldown`. Needs the right ADMIN.',
    args: {
      id: t.arg.id({ description: 'The `id` of the alert to replace.' }),
      input: t.arg({ type: AlertInput, required: true, description: 'What is saved.' }),
    },
    resolve: (_, { id, input }, context) => saveAlert(id ?? null, input, context),
  }),
  deleteAlert: t.field({
    ...costs({ statements: 4 }),
    type: 'ID',
    nullable: true,
    description:
      'Deletes an alert with its events, and returns its id. Null if it does not exist (any more). What is not delivered is not sent. Needs the right ADMIN.',
    args: { id: t.arg.id({ required: true, description: ID }) },
    resolve: (_, { id }, context) => deleteAlert(id, context),
  }),
  silenceAlert: t.field({
    ...costs({ statements: 5 }),
    type: Alert,
    nullable: true,
    description:
      'Sends nothing of an alert for a time from now on. It is evaluated all the same, and has events. Needs the right ADMIN.',
    args: {
      id: t.arg.id({ required: true, description: ID }),
      for: t.arg({ type: 'Duration', description: 'For how long. Null: no longer.' }),
    },
    resolve: (_, { id, for: forMs }, context) => silenceAlert(id, forMs ?? null, context),
  }),
  testAlert: t.field({
    ...costs({ statements: 10, size: NOTIFIERS_PER_ALERT }),
    type: [Delivery],
    nullable: true,
    description:
      'Sends a notification to each notifier of an alert, which says that it is a trial. Returns what came of it. Needs the right ADMIN.',
    args: { id: t.arg.id({ required: true, description: ID }) },
    resolve: (_, { id }, context) => testAlert(id, context),
  }),
}));
