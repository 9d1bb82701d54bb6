import { FACETS } from './facets.ts';
import { GET_CHAIN } from './get-chain.ts';
import { GET_RECORD } from './get-record.ts';
import { HEALTH } from './health.ts';
import { LLM_STATS } from './llm-stats.ts';
import { PATTERNS } from './patterns.ts';
import { RUNS } from './runs.ts';
import { SEARCH_LOGS } from './search-logs.ts';
import { STATS } from './stats.ts';
import type { Tool } from './tool.ts';

/** In the order of `tools/list`. */
export const TOOLS: readonly Tool[] = [
  SEARCH_LOGS,
  GET_RECORD,
  GET_CHAIN,
  STATS,
  FACETS,
  PATTERNS,
  LLM_STATS,
  RUNS,
  HEALTH,
];
