import type { ChainSummary } from '../db/chains/chains.ts';
import type { LogRecord } from '../log/record.ts';
import type { LogConnection as LogConnectionShape } from '../resolvers/connection.ts';
import { builder } from './builder.ts';

// Types that name each other: a record has a chain, a chain has records. Each is declared here and implemented in its own file.

export const Log = builder.objectRef<LogRecord>('Log');
export const Correlation = builder.objectRef<ChainSummary>('Correlation');
export const LogConnection = builder.objectRef<LogConnectionShape>('LogConnection');
