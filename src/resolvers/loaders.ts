import DataLoader from 'dataloader';
import { chainSteps, pipelineStages, type Stage, type Step } from '../db/chains/chain-steps.ts';
import {
  type ChainKey,
  type ChainSummary,
  chainFirstErrors,
  chainServices,
  chainUserIds,
  findChains,
} from '../db/chains/chains.ts';
import type { Sql } from '../db/connection/client.ts';
import { findLogs } from '../db/read/logs.ts';
import { readSurrounding, type SurroundingRequest } from '../db/read/surrounding.ts';
import { encodeLogId, type Position } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import { createChainLogs, type OpenChain } from './chain-logs.ts';

/** Some items of a chain. */
export interface Part {
  id: string;
  first: number;
}

/** Whatever a page's items ask for by themselves is read together: as many statements for a thousand as for one. */
export interface Loaders {
  log: DataLoader<Position, LogRecord | null, string>;
  correlation: DataLoader<string, ChainSummary | null>;
  pipeline: DataLoader<string, ChainSummary | null>;
  services: DataLoader<string, string[]>;
  firstError: DataLoader<string, LogRecord | null>;
  userIds: DataLoader<Part, string[], string>;
  steps: DataLoader<Part, Step[], string>;
  stages: DataLoader<Part, Stage[], string>;
  surrounding: DataLoader<SurroundingRequest, LogRecord[], string>;
  chainLogs: OpenChain;
}

export const createLoaders = (sql: Sql): Loaders => ({
  log: new DataLoader((positions) => findLogs(sql, positions), { cacheKeyFn: encodeLogId }),
  correlation: chains(sql, 'correlationId'),
  pipeline: chains(sql, 'pipelineId'),
  services: new DataLoader((ids) => chainServices(sql, ids)),
  firstError: new DataLoader((ids) => chainFirstErrors(sql, ids)),
  userIds: parts((ids, first) => chainUserIds(sql, ids, first)),
  steps: parts((ids, first) => chainSteps(sql, ids, first)),
  stages: parts((ids, first) => pipelineStages(sql, ids, first)),
  surrounding: new DataLoader((requests) => readSurrounding(sql, requests), { cacheKeyFn: surroundingKey }),
  chainLogs: createChainLogs(sql),
});

const chains = (sql: Sql, key: ChainKey) =>
  new DataLoader<string, ChainSummary | null>((ids) => findChains(sql, key, ids));

/** Parts of the same size are read together; a page asks for one size, unless aliases differ. */
const parts = <T>(read: (ids: string[], first: number) => Promise<T[]>) =>
  new DataLoader<Part, T, string>(
    async (asked) => {
      const bySize = Map.groupBy(asked, ({ first }) => first);
      const found = new Map<Part, T>();
      await Promise.all(
        Array.from(bySize, async ([first, alike]) => {
          const ids = alike.map(({ id }) => id);
          for (const [i, items] of (await read(ids, first)).entries()) found.set(alike[i]!, items);
        }),
      );
      return asked.map((part) => found.get(part)!);
    },
    { cacheKeyFn: ({ id, first }) => `${first} ${id}` },
  );

const surroundingKey = ({ record, before, after, by, withinMs }: SurroundingRequest): string =>
  [before, after, withinMs, by.toSorted().join(), encodeLogId(record)].join(' ');
