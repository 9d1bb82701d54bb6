import { listNotifiers, type NOTIFIER_KINDS, type Notifier as NotifierShape } from '../db/alerts/notifiers.ts';
import { deleteNotifier, saveNotifier } from '../resolvers/alerts.ts';
import { NOTIFIERS_MAX } from '../watch/change-notifiers.ts';
import { shownTarget } from '../watch/notifier-content.ts';
import { builder, costs } from './builder.ts';
import { Node } from './node.ts';

const KINDS: Readonly<Record<(typeof NOTIFIER_KINDS)[number], { description: string }>> = {
  WEBHOOK: { description: 'A POST of JSON to a URL.' },
  SLACK: { description: 'A message to an incoming webhook of Slack, Discord or Mattermost.' },
  EMAIL: { description: 'A mail, by the server that SMTP_URL names.' },
};

export const NotifierKind = builder.enumType('NotifierKind', {
  description: 'How notifications are sent.',
  values: KINDS,
});

const NAME = 'Its name, 1 to 100 characters. No two notifiers have the same.';

export const Notifier = builder.objectRef<NotifierShape>('Notifier');
Notifier.implement({
  description: 'Where notifications go. Any number of alerts may use it. Needs the right ADMIN.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: NAME }),
    kind: t.expose('kind', { type: NotifierKind, description: 'How notifications are sent.' }),
    shownTarget: t.string({
      description: 'Where they go: a URL without user, path and query, which may hold a secret, or the mail addresses.',
      resolve: shownTarget,
    }),
    signed: t.boolean({
      description:
        'Whether a secret is set. Then each request of a WEBHOOK has an HMAC-SHA256 of its body, made with the secret.',
      resolve: ({ secret }) => secret !== null,
    }),
    lastDeliveredAt: t.expose('lastDeliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When something was last delivered. Null: never.',
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Why the last attempt failed. Null if it succeeded, or there was none.',
    }),
  }),
});

const NotifierInput = builder.inputType('NotifierInput', {
  description: 'All of a notifier. `target` and `secret` are never shown again.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    kind: t.field({ type: NotifierKind, required: true, description: 'How notifications are sent.' }),
    target: t.string({
      description:
        'A URL that begins with http:// or https://, or for EMAIL at most 20 addresses, separated by commas. If omitted when a notifier is changed, it stays as it was.',
    }),
    secret: t.string({
      description:
        'Of a WEBHOOK: signs each request. If omitted when a notifier is changed, it stays as it was; an empty one removes it.',
    }),
  }),
});

builder.queryField('notifiers', (t) =>
  t.field({
    ...costs({ statements: 1, size: NOTIFIERS_MAX }),
    type: [Notifier],
    nullable: true,
    description: `The notifiers, by name: at most ${NOTIFIERS_MAX}. Needs the right ADMIN.`,
    resolve: (_, __, { sql }) => listNotifiers(sql),
  }),
);

builder.mutationFields((t) => ({
  saveNotifier: t.field({
    ...costs({ statements: 6 }),
    type: Notifier,
    nullable: true,
    description:
      'Saves a notifier: a new one without `id`, otherwise all of that one is replaced. Needs the right ADMIN.',
    args: {
      id: t.arg.id({ description: 'The `id` of the notifier to replace.' }),
      input: t.arg({ type: NotifierInput, required: true, description: 'What is saved.' }),
    },
    resolve: (_, { id, input }, context) => saveNotifier(id ?? null, input, context),
  }),
  deleteNotifier: t.field({
    ...costs({ statements: 5 }),
    type: 'ID',
    nullable: true,
    description:
      'Deletes a notifier and returns its id. Null if it does not exist (any more). Refused while an alert uses it. What is not delivered is not sent. Needs the right ADMIN.',
    args: { id: t.arg.id({ required: true, description: 'The `id` of the notifier.' }) },
    resolve: (_, { id }, context) => deleteNotifier(id, context),
  }),
}));
