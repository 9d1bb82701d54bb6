import type { Alert as AlertShape } from '../db/alerts/alerts.ts';
import type { ChainSummary } from '../db/chains/chains.ts';
import type { SavedSearch as SavedSearchShape } from '../db/searches/saved-searches.ts';
import type { LogRecord } from '../log/record.ts';
import type { LogConnection as LogConnectionShape } from '../resolvers/connection.ts';
import type { Pipeline as PipelineShape } from '../resolvers/runs.ts';
import { builder } from './builder.ts';

// Types that refer to each other: a record has a chain, and a chain has records. They are declared here and implemented in
// log.ts, correlation.ts, connection.ts, pipeline.ts, searches.ts and alerts.ts, so that those files need not import each other.

export const Log = builder.objectRef<LogRecord>('Log');
export const Correlation = builder.objectRef<ChainSummary>('Correlation');
export const LogConnection = builder.objectRef<LogConnectionShape>('LogConnection');
export const Pipeline = builder.objectRef<PipelineShape>('Pipeline');
export const SavedSearch = builder.objectRef<SavedSearchShape>('SavedSearch');
export const Alert = builder.objectRef<AlertShape>('Alert');
