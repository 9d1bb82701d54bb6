/** What pipelines, operations, requests and model calls write records to: a pino logger, or a sender of `createSender`. */
export interface RecordLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
