import type { Delivery as DeliveryShape } from '../db/alerts/deliveries.ts';
import type { AlertEvent as AlertEventShape, EVENT_KINDS, EventPage } from '../db/alerts/events.ts';
import { encodeAlertEventCursor } from '../log/cursor.ts';
import {
  alertEvents,
  alertOf,
  eventPageInfo,
  eventsOf,
  sampleOf,
  watchAlertEvents,
} from '../resolvers/alert-events.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { NOTIFIERS_PER_ALERT } from '../watch/alerts/alert-content.ts';
import { builder, costs } from './builder.ts';
import { PageInfo } from './connection.ts';
import { Node } from './node.ts';
import { Notifier } from './notifiers.ts';
import { Alert, Log } from './references.ts';
import { TimeRange, TimeRangeInput } from './time.ts';

const KINDS: Readonly<Record<(typeof EVENT_KINDS)[number], { description: string }>> = {
  FIRED: { description: 'The alert fires: `cooldown` says how often it is told.' },
  RESOLVED: { description: 'The first evaluation that is OK after a FIRED.' },
};

const AlertEventKind = builder.enumType('AlertEventKind', {
  description: 'What happened to an alert. Events are kept for 90 days.',
  values: KINDS,
});

export const Delivery = builder.objectRef<DeliveryShape>('Delivery');
Delivery.implement({
  description: 'A notification of an event, to one notifier. It is sent until it is delivered, or a day is over.',
  fields: (t) => ({
    notifierName: t.exposeString('notifierName', { description: 'The name of the notifier, as it was then.' }),
    notifier: t.field({
      type: Notifier,
      nullable: true,
      description: 'The notifier. Null if it was deleted. Needs the right ADMIN.',
      resolve: ({ notifierId }, _, { loaders }) => (notifierId === null ? null : loaders.notifier.load(notifierId)),
    }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was delivered. Null: not yet, or given up.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next. Null if it was delivered, or given up after a day.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the last attempt failed: a status, or the kind of failure. Null if it succeeded.',
    }),
  }),
});

const SAMPLE =
  'At most ten of the records, the newest first: those that the measure counts; of NEW_ERROR one of each new group. Records that were removed since are left out. Empty for ABSENCE and for RESOLVED.';

const AlertEvent = builder.objectRef<AlertEventShape>('AlertEvent');
AlertEvent.implement({
  description: 'A change of an alert that was told. Not for keys with a scope.',
  interfaces: [Node],
  fields: (t) => ({
    alert: t.field({ type: Alert, description: 'The alert.', resolve: (event, _, context) => alertOf(event, context) }),
    kind: t.expose('kind', { type: AlertEventKind, description: 'What happened.' }),
    at: t.expose('at', { type: 'DateTime', description: 'The whole minute that was evaluated.' }),
    value: t.exposeFloat('value', { nullable: true, description: 'The value in that minute.' }),
    range: t.expose('range', { type: TimeRange, description: 'The window of that minute.' }),
    sample: t.field({
      type: [Log],
      nullable: true,
      description: SAMPLE,
      resolve: (event, _, context) => sampleOf(event, context),
    }),
    deliveries: t.field({
      ...costs({ size: NOTIFIERS_PER_ALERT }),
      type: [Delivery],
      description:
        'Its notifications, by the name of the notifier. None if the alert was silenced, or has no notifier.',
      resolve: ({ id }, _, { loaders }) => loaders.deliveriesOfEvent.load(id),
    }),
  }),
});

const AlertEventEdge = builder.objectRef<AlertEventShape>('AlertEventEdge');
AlertEventEdge.implement({
  description: 'An event on a page, with its cursor.',
  fields: (t) => ({
    cursor: t.string({ description: 'The cursor of the event, for `after`.', resolve: encodeAlertEventCursor }),
    node: t.field({ type: AlertEvent, description: 'The event.', resolve: (event) => event }),
  }),
});

const AlertEventConnection = builder.objectRef<EventPage>('AlertEventConnection');
AlertEventConnection.implement({
  description: 'A page of events of alerts (Relay).',
  fields: (t) => ({
    edges: t.expose('events', {
      ...costs({ size: 'page' }),
      type: [AlertEventEdge],
      description: 'The events of the page, each with its cursor.',
    }),
    nodes: t.expose('events', {
      ...costs({ size: 'page' }),
      type: [AlertEvent],
      description: 'The events of the page.',
    }),
    pageInfo: t.field({
      type: PageInfo,
      description: 'The position of this page. Pages go forward only: `hasPreviousPage` is always false.',
      resolve: eventPageInfo,
    }),
  }),
});

const FIRST = `The number of events on the page, 0 to ${PAGE_MAX}.`;
const AFTER = 'Returns only events after this cursor.';
const ALERT_IDS = 'Only events of these alerts. If omitted, of all.';

builder.objectField(Alert, 'events', (t) =>
  t.field({
    ...costs({ page: ({ first }) => first }),
    type: AlertEventConnection,
    nullable: true,
    description: 'Its events, the newest first. They are kept for 90 days.',
    args: {
      first: t.arg.int({ required: true, defaultValue: 20, description: FIRST }),
      after: t.arg.string({ description: AFTER }),
    },
    resolve: (alert, args, context) => eventsOf(alert, args, context),
  }),
);

builder.queryField('alertEvents', (t) =>
  t.field({
    ...costs({ statements: 1, page: ({ first }) => first }),
    type: AlertEventConnection,
    nullable: true,
    description: 'The events of alerts, the newest first. They are kept for 90 days. FORBIDDEN for a key with a scope.',
    args: {
      alertIds: t.arg.idList({ description: ALERT_IDS }),
      time: t.arg({ type: TimeRangeInput, description: 'When they happened: `AlertEvent.at`. If omitted, any time.' }),
      first: t.arg.int({ required: true, defaultValue: 50, description: FIRST }),
      after: t.arg.string({ description: AFTER }),
    },
    resolve: (_, args, context) => alertEvents(args, context),
  }),
);

builder.subscriptionField('alertEvents', (t) =>
  t.field({
    type: AlertEvent,
    description:
      'Events of alerts from now on, each once, about a second after it was stored. After a reconnect, ask the query `alertEvents` for those that came between. FORBIDDEN for a key with a scope.',
    args: { alertIds: t.arg.idList({ description: ALERT_IDS }) },
    subscribe: (_, { alertIds }, context) => watchAlertEvents(alertIds, context),
    resolve: (event) => event,
  }),
);
