import { RIGHTS } from '../access/caller.ts';
import type { CreatedKey } from '../access/keys/change-keys.ts';
import { type ApiKey as ApiKeyShape, KEYS_MAX, listKeys } from '../db/keys/api-keys.ts';
import { createApiKey, revokeApiKey, type Viewer as ViewerShape, viewerOf } from '../resolvers/keys.ts';
import { builder, costs } from './builder.ts';
import { Node } from './node.ts';

const DESCRIPTIONS = {
  INGEST: 'To store records.',
  READ: 'To read, count and follow records, and the state of the server.',
  CONTENT: 'To see what language models were asked and answered. Only of use beside READ.',
  ADMIN: 'To delete records and manage API keys. Includes all other rights.',
};

const Right = builder.enumType('Right', {
  description: 'What the holder of an API key may do.',
  values: Object.fromEntries(RIGHTS.map((right) => [right, { description: DESCRIPTIONS[right] }])) as Record<
    (typeof RIGHTS)[number],
    { description: string }
  >,
});

const STAMP = {
  service: 'The service that the records get.',
  environment: 'The environment that the records get.',
  deploymentVersion: 'The deployment version that the records get.',
};

const KeyStamp = builder.objectRef<NonNullable<ApiKeyShape['stamp']>>('KeyStamp');
KeyStamp.implement({
  description: 'What is written on each record of a sender. Null: as the sender says.',
  fields: (t) => ({
    service: t.exposeString('service', { nullable: true, description: STAMP.service }),
    environment: t.exposeString('environment', { nullable: true, description: STAMP.environment }),
    deploymentVersion: t.exposeString('deploymentVersion', { nullable: true, description: STAMP.deploymentVersion }),
  }),
});

const KeyStampInput = builder.inputType('KeyStampInput', {
  description: 'What is written on each record of a sender, whatever the record says. At least one field.',
  fields: (t) => ({
    service: t.string({ description: STAMP.service }),
    environment: t.string({ description: STAMP.environment }),
    deploymentVersion: t.string({ description: STAMP.deploymentVersion }),
  }),
});

const NAME = 'Its name. No two valid keys have the same.';
const RECORDS_PER_SECOND =
  'How many records it may store in a second, on all servers together. For a short time it may be more. A sender that exceeds it gets 429 with Retry-After, over GraphQL OVERLOADED. Null: no limit.';

const ApiKey = builder.objectRef<ApiKeyShape>('ApiKey');
ApiKey.implement({
  description: 'A key, and what its holder may do. It never changes, except that it is revoked.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: NAME }),
    prefix: t.exposeString('prefix', {
      description:
        'The first characters of the key, to tell keys apart. The key itself is shown once and stored nowhere.',
    }),
    rights: t.expose('rights', {
      ...costs({ size: RIGHTS.length }),
      type: [Right],
      description: 'Its rights, as they were given.',
    }),
    scope: t.exposeString('scope', {
      nullable: true,
      description:
        'In the search language. The holder sees only records that match, in every field of the API. A record is as its sender says, so a scope protects no better than stamps do. Null: all records.',
    }),
    stamp: t.expose('stamp', {
      type: KeyStamp,
      nullable: true,
      description: 'What is written on each record that it stores. Null: records are stored as they were sent.',
    }),
    recordsPerSecond: t.exposeInt('recordsPerSecond', { nullable: true, description: RECORDS_PER_SECOND }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'From then on it is not valid. Null: it does not expire.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked. Null: it was not.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute. Null: never.',
    }),
  }),
});

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description:
    '`scope` needs the right READ, `stamp` and `recordsPerSecond` need INGEST, CONTENT needs READ. None of the three goes with ADMIN.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    rights: t.field({ type: [Right], required: true, description: 'At least one right.' }),
    scope: t.string({
      description:
        'In the search language, conditions on fields and attributes only: no words to search for, no texts inside others. If omitted, all records.',
    }),
    stamp: t.field({
      type: KeyStampInput,
      description: 'What is written on each record that it stores. If omitted, records are stored as they were sent.',
    }),
    recordsPerSecond: t.int({ description: RECORDS_PER_SECOND }),
    expiresIn: t.field({
      type: 'Duration',
      description: 'How long it is valid, at least a second. If omitted, it does not expire.',
    }),
  }),
});

const CreatedApiKey = builder.objectRef<CreatedKey>('CreatedApiKey');
CreatedApiKey.implement({
  description: 'A new API key.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKey, description: 'What its holder may do.' }),
    key: t.exposeString('key', { description: 'The key itself. It is shown only now: keep it.' }),
  }),
});

const Viewer = builder.objectRef<ViewerShape>('Viewer');
Viewer.implement({
  description: 'Who sends this operation, and what this client may do.',
  fields: (t) => ({
    authenticated: t.exposeBoolean('authenticated', {
      description: 'Whether it has an API key. False where the server needs none: then it has all rights.',
    }),
    name: t.exposeString('name', { nullable: true, description: 'The name of its API key. Null without one.' }),
    rights: t.expose('rights', {
      ...costs({ size: RIGHTS.length }),
      type: [Right],
      description: 'What it may do. With ADMIN, all.',
    }),
    scope: t.exposeString('scope', { nullable: true, description: 'It sees only records that match. Null: all.' }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: 'Who sends this operation, and what this client may do.',
    resolve: (_, __, context) => viewerOf(context),
  }),
  apiKeys: t.field({
    ...costs({ statements: 1, size: 2 * KEYS_MAX }),
    type: [ApiKey],
    nullable: true,
    description: 'The API keys, the newest first. Revoked and expired ones for 30 days. Needs the right ADMIN.',
    resolve: (_, __, { sql }) => listKeys(sql),
  }),
}));

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: CreatedApiKey,
    nullable: true,
    description: 'Makes an API key. It is valid on every server within 5 s. Needs the right ADMIN.',
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'What its holder may do.' }) },
    resolve: (_, { input }, context) => createApiKey(input, context),
  }),
  revokeApiKey: t.field({
    type: ApiKey,
    nullable: true,
    description:
      'Revokes an API key, on every server within 5 s while it reaches the database. What is open under the key ends. The same again has the same result. The last valid key with the right ADMIN cannot be revoked. Needs the right ADMIN.',
    args: { id: t.arg.id({ required: true, description: 'The `id` of the API key.' }) },
    resolve: (_, { id }, context) => revokeApiKey(id, context),
  }),
}));
