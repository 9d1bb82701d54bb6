import DataLoader from 'dataloader';
import { type Alert, alertsOfSearches, findAlerts } from '../db/alerts/alerts.ts';
import { type Delivery, deliveriesOfEvents } from '../db/alerts/deliveries.ts';
import { type AlertEvent, type EventPage, findEvents, readEventPages } from '../db/alerts/events.ts';
import { findNotifiers, type Notifier } from '../db/alerts/notifiers.ts';
import { chainSteps, pipelineStages, type Stage, type Step } from '../db/chains/chain-steps.ts';
import { chainTotals } from '../db/chains/chain-totals.ts';
import {
  type ChainKey,
  type ChainSummary,
  chainFirstErrors,
  chainServices,
  chainUserIds,
  findChains,
} from '../db/chains/chains.ts';
import type { Sql } from '../db/connection/client.ts';
import { type ApiKey, findKeys } from '../db/keys/api-keys.ts';
import type { LlmTotals } from '../db/llm/totals.ts';
import { findLogs } from '../db/read/logs.ts';
import { readSurrounding, type SurroundingRequest } from '../db/read/surrounding.ts';
import { findRuns } from '../db/runs/find-runs.ts';
import { findSearches, type SavedSearch } from '../db/searches/saved-searches.ts';
import { type AlertEventPosition, encodeLogId, type Position } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import type { LogRecord } from '../log/record.ts';
import type { Run } from '../log/run.ts';
import { createChainLogs, type OpenChain } from './chain-logs.ts';
import { type CallLoader, type ContentLoader, createCallLoader, createContentLoader } from './llm-loaders.ts';

/** The first items of one kind (steps, users) of a chain. */
export interface ChainItems {
  id: string;
  first: number;
}

/** A page of the events of one alert. */
export interface AlertEventsRequest {
  id: string;
  first: number;
  after: AlertEventPosition | null;
}

/**
 * Loads what the items of a page need together: as many statements for a thousand items as for one. What is not in the scope
 * does not exist for them.
 */
export interface Loaders {
  log: DataLoader<Position, LogRecord | null, string>;
  correlation: DataLoader<string, ChainSummary | null>;
  pipeline: DataLoader<string, ChainSummary | null>;
  /** By pipeline id. */
  run: DataLoader<string, Run | null>;
  services: DataLoader<string, string[]>;
  firstError: DataLoader<string, LogRecord | null>;
  userIds: DataLoader<ChainItems, string[], string>;
  steps: DataLoader<ChainItems, Step[], string>;
  stages: DataLoader<ChainItems, Stage[], string>;
  correlationTotals: DataLoader<string, LlmTotals | null>;
  pipelineTotals: DataLoader<string, LlmTotals | null>;
  surrounding: DataLoader<SurroundingRequest, LogRecord[], string>;
  chainLogs: OpenChain;
  apiKey: DataLoader<string, ApiKey | null>;
  savedSearch: DataLoader<string, SavedSearch | null>;
  /** The alerts that use a search. */
  alertsOfSearch: DataLoader<string, Alert[]>;
  alert: DataLoader<string, Alert | null>;
  notifier: DataLoader<string, Notifier | null>;
  alertEvent: DataLoader<string, AlertEvent | null>;
  eventsOfAlert: DataLoader<AlertEventsRequest, EventPage, string>;
  deliveriesOfEvent: DataLoader<string, Delivery[]>;
  /** By positions of records that the caller sees. */
  call: CallLoader;
  content: ContentLoader;
}

export const createLoaders = (sql: Sql, scope: Filter | null): Loaders => ({
  log: new DataLoader((positions) => findLogs(sql, positions, scope), { cacheKeyFn: encodeLogId }),
  correlation: chains(sql, 'correlationId', scope),
  pipeline: chains(sql, 'pipelineId', scope),
  run: new DataLoader((ids) => findRuns(sql, ids, scope)),
  services: new DataLoader((ids) => chainServices(sql, ids, scope)),
  firstError: new DataLoader((ids) => chainFirstErrors(sql, ids, scope)),
  userIds: chainItems((ids, first) => chainUserIds(sql, ids, first, scope)),
  steps: chainItems((ids, first) => chainSteps(sql, ids, first, scope)),
  stages: chainItems((ids, first) => pipelineStages(sql, ids, first, scope)),
  correlationTotals: new DataLoader((ids) => chainTotals(sql, 'correlationId', ids, scope)),
  pipelineTotals: new DataLoader((ids) => chainTotals(sql, 'pipelineId', ids, scope)),
  surrounding: new DataLoader((requests) => readSurrounding(sql, requests, scope), { cacheKeyFn: surroundingKey }),
  chainLogs: createChainLogs(sql),
  apiKey: new DataLoader((ids) => findKeys(sql, ids)),
  savedSearch: new DataLoader((ids) => findSearches(sql, ids)),
  alertsOfSearch: new DataLoader((ids) => alertsOfSearches(sql, ids)),
  alert: new DataLoader((ids) => findAlerts(sql, ids)),
  notifier: new DataLoader((ids) => findNotifiers(sql, ids)),
  alertEvent: new DataLoader((ids) => findEvents(sql, ids)),
  eventsOfAlert: eventPages(sql),
  deliveriesOfEvent: new DataLoader((ids) => deliveriesOfEvents(sql, ids)),
  call: createCallLoader(sql),
  content: createContentLoader(sql),
});

const chains = (sql: Sql, key: ChainKey, scope: Filter | null) =>
  new DataLoader<string, ChainSummary | null>((ids) => findChains(sql, key, ids, scope));

/** Requests with the same `first` are read together. A page has one `first`, unless aliases have others. */
const chainItems = <T>(read: (ids: string[], first: number) => Promise<T[]>) =>
  new DataLoader<ChainItems, T, string>(
    async (requests) => {
      const byFirst = Map.groupBy(requests, ({ first }) => first);
      const found = new Map<ChainItems, T>();
      await Promise.all(
        Array.from(byFirst, async ([first, group]) => {
          const ids = group.map(({ id }) => id);
          for (const [i, items] of (await read(ids, first)).entries()) found.set(group[i]!, items);
        }),
      );
      return requests.map((request) => found.get(request)!);
    },
    { cacheKeyFn: ({ id, first }) => `${first} ${id}` },
  );

/** Requests with the same `first` and `after` are read together. */
const eventPages = (sql: Sql) =>
  new DataLoader<AlertEventsRequest, EventPage, string>(
    async (requests) => {
      const found = new Map<AlertEventsRequest, EventPage>();
      const groups = Map.groupBy(requests, ({ first, after }) => `${first} ${after?.at} ${after?.id}`);
      await Promise.all(
        Array.from(groups.values(), async (group) => {
          const { first, after } = group[0]!;
          const ids = group.map(({ id }) => id);
          for (const [i, page] of (await readEventPages(sql, ids, first, after)).entries()) found.set(group[i]!, page);
        }),
      );
      return requests.map((request) => found.get(request)!);
    },
    { cacheKeyFn: ({ id, first, after }) => `${id} ${first} ${after?.at} ${after?.id}` },
  );

const surroundingKey = ({ record, before, after, by, withinMs }: SurroundingRequest): string =>
  [before, after, withinMs, by.toSorted().join(), encodeLogId(record)].join(' ');
