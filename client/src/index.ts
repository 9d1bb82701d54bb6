export { type ContextFields, contextFields, withContext } from './context.ts';
export {
  type CreateSenderOptions,
  createSender,
  type LogLevel,
  type Sender,
  type WriteRecord,
} from './create-sender.ts';
export { setLog } from './default-log.ts';
export type { RecordLog } from './record-log.ts';
export type { SenderOptions } from './sender/options.ts';
export type { OnProblem, Problem } from './sender/problems.ts';
