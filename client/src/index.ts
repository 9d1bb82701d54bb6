export { type ContextFields, contextFields, withContext } from './context.ts';
export type { RecordLog } from './record-log.ts';
