import { computed } from '@preact/signals';
import type { CallsQuery, LogFilter, NewestCallsQuery } from '../../api/documents.ts';
import { filter } from '../../state/search.ts';
import { usdText } from '../../text/number.ts';

export type LlmStats = NonNullable<CallsQuery['llmStats']>;
export type Totals = LlmStats['totals'];
export type Call = NonNullable<NewestCallsQuery['logs']>['nodes'][number];

/** The search, and only records that tell of a call. */
export const callFilter = computed<LogFilter>(() => ({ ...filter.value, hasLlmCall: true }));

/** The cost, marked where some calls have none. */
export const costText = ({ costUsd, unpriced }: Totals): string => `${usdText(costUsd)}${unpriced > 0 ? ' +' : ''}`;
