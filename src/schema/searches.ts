import { listSearches } from '../db/searches/saved-searches.ts';
import { TEXT_LENGTH_MAX } from '../log/filter/filter.ts';
import { alertsOfSearch } from '../resolvers/alerts.ts';
import { deleteSearch, saveSearch } from '../resolvers/searches.ts';
import { COUNTED_MAX, SEARCHES_MAX } from '../watch/change-searches.ts';
import { DESCRIPTION_LENGTH_MAX, VIEW_BYTES_MAX } from '../watch/search-content.ts';
import { builder, costs, longText } from './builder.ts';
import { Node } from './node.ts';
import { Alert, SavedSearch } from './references.ts';

const NAME = 'Its name, 1 to 100 characters. No two saved searches have the same.';
const VIEW = 'How the page shows it: columns, range, grouping. The server does not read it.';
const METRIC = `Whether it is counted under /metrics, as \`weir_saved_search_records_total{search="name"}\`: the matching records that this server stored since it started, so the sum over all servers is right. At most ${COUNTED_MAX} searches.`;

SavedSearch.implement({
  description: 'A search that is kept under a name. All who may read see it, also with a scope.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: NAME }),
    description: t.exposeString('description', {
      ...longText(DESCRIPTION_LENGTH_MAX),
      nullable: true,
      description: 'What it is for, for people.',
    }),
    query: t.exposeString('query', { ...longText(TEXT_LENGTH_MAX), description: 'In the search language.' }),
    view: t.expose('view', { ...longText(VIEW_BYTES_MAX), type: 'JSON', nullable: true, description: VIEW }),
    metric: t.exposeBoolean('metric', { description: METRIC }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was saved first.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was saved last.' }),
    alerts: t.field({
      type: [Alert],
      nullable: true,
      description: 'The alerts that use it, by name. Null for a key with a scope: alerts are about all records.',
      resolve: (search, _, context) => alertsOfSearch(search, context),
    }),
  }),
});

const SavedSearchInput = builder.inputType('SavedSearchInput', {
  description: 'All of a saved search.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    description: t.string({ description: 'What it is for, for people: at most 2000 characters.' }),
    query: t.string({ required: true, description: 'In the search language. It must be free of errors.' }),
    view: t.field({ type: 'JSON', description: `${VIEW} At most 64 KiB.` }),
    metric: t.boolean({ required: true, defaultValue: false, description: `${METRIC} Needs the right ADMIN.` }),
  }),
});

builder.queryField('savedSearches', (t) =>
  t.field({
    ...costs({ statements: 1, size: SEARCHES_MAX }),
    type: [SavedSearch],
    nullable: true,
    description: `The saved searches, by name: at most ${SEARCHES_MAX}.`,
    resolve: (_, __, { sql }) => listSearches(sql),
  }),
);

builder.mutationFields((t) => ({
  saveSearch: t.field({
    ...costs({ statements: 6 }),
    type: SavedSearch,
    nullable: true,
    description:
      'Saves a search: a new one without `id`, otherwise all of that one is replaced. Needs the right READ without a scope, or ADMIN. One with `metric`, before or after, and one that an alert uses need ADMIN.',
    args: {
      id: t.arg.id({ description: 'The `id` of the search to replace.' }),
      input: t.arg({ type: SavedSearchInput, required: true, description: 'What is saved.' }),
    },
    resolve: (_, { id, input }, context) => saveSearch(id ?? null, input, context),
  }),
  deleteSearch: t.field({
    ...costs({ statements: 5 }),
    type: 'ID',
    nullable: true,
    description:
      'Deletes a saved search and returns its id. Null if it does not exist (any more). Needs the right READ without a scope, or ADMIN. One with `metric` needs ADMIN. Refused while an alert uses it.',
    args: { id: t.arg.id({ required: true, description: 'The `id` of the search.' }) },
    resolve: (_, { id }, context) => deleteSearch(id, context),
  }),
}));
