/** A kind of record whose names mean something else than elsewhere, or that holds other records. */
export type ShapeName =
  | 'access'
  | 'azure'
  | 'clef'
  | 'cloudTrail'
  | 'cloudWatch'
  | 'container'
  | 'gelf'
  | 'googleCloud'
  | 'journal'
  | 'list'
  | 'loguru'
  | 'mongodb'
  | 'monolog'
  | 'mysql'
  | 'rustTracing'
  | 'weir'
  | 'windows';

/** The names that tell a shape. A record that has none of them costs nothing more. */
export const SHAPE_NAMES: Readonly<Record<ShapeName, string>> = {
  access: 'method verb request request_method requestMethod RequestMethod http_method httpMethod',
  azure: 'resourceId',
  clef: '@mt MessageTemplate',
  cloudTrail: 'eventSource',
  cloudWatch: 'logEvents events ingestionTime @ptr @logStream',
  container: 'log logtag log.file log.offset kubernetes source_type container_id container_name',
  gelf: 'short_message',
  googleCloud: 'textPayload jsonPayload protoPayload',
  journal: '__REALTIME_TIMESTAMP __CURSOR _BOOT_ID',
  list: 'records Records',
  loguru: 'record',
  mongodb: 'ctx',
  monolog: 'level_name',
  mysql: 'err_symbol',
  rustTracing: 'target',
  weir: 'receivedAt',
  windows: 'ProviderName SourceName EventID LogName Channel',
};
