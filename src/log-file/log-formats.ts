import { accessFormat } from './formats/access.ts';
import { apacheErrorFormat } from './formats/apache-error.ts';
import { APPLICATION_FORMATS } from './formats/application-formats.ts';
import { lambdaFormat } from './formats/cloud/lambda.ts';
import { LOAD_BALANCER_FORMATS } from './formats/cloud/load-balancer.ts';
import { s3AccessFormat } from './formats/cloud/s3-access.ts';
import { vpcFlowFormat } from './formats/cloud/vpc-flow.ts';
import { clickhouseFormat } from './formats/databases/clickhouse.ts';
import { etcdFormat } from './formats/databases/etcd.ts';
import { mongodbFormat } from './formats/databases/mongodb.ts';
import { mysqlFormat } from './formats/databases/mysql.ts';
import { mysqlGeneralFormat } from './formats/databases/mysql-general.ts';
import { mysqlSlowFormat } from './formats/databases/mysql-slow.ts';
import { pgbouncerFormat } from './formats/databases/pgbouncer.ts';
import { postgresFormat } from './formats/databases/postgres.ts';
import { postgresCsvFormat } from './formats/databases/postgres-csv.ts';
import { rabbitmqFormat } from './formats/databases/rabbitmq.ts';
import { redisFormat } from './formats/databases/redis.ts';
import { plainDatedFormat } from './formats/dated.ts';
import { hdfsFormat } from './formats/hdfs.ts';
import { jsonFormat } from './formats/json.ts';
import type { BodyFormat, LogFormat } from './formats/log-format.ts';
import { logcatFormat } from './formats/logcat.ts';
import { logfmtFormat } from './formats/logfmt.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { nginxErrorFormat } from './formats/nginx-error.ts';
import { envoyAccessFormat, envoyFormat } from './formats/proxies/envoy.ts';
import { haproxyFormat } from './formats/proxies/haproxy.ts';
import { squidFormat } from './formats/proxies/squid.ts';
import { w3cFormat } from './formats/proxies/w3c.ts';
import { syslogFormat } from './formats/syslog.ts';
import { aptHistoryFormat } from './formats/system/apt-history.ts';
import { auditdFormat } from './formats/system/auditd.ts';
import { DATED_PROGRAM_FORMATS } from './formats/system/dated-programs.ts';
import { dmesgFormat } from './formats/system/dmesg.ts';
import { journalctlFormat } from './formats/system/journalctl.ts';
import { klogFormat } from './formats/system/klog.ts';
import { windowsDhcpFormat } from './formats/system/windows-dhcp.ts';
import { zeekFormat } from './formats/system/zeek.ts';
import { textFormat } from './formats/text.ts';

/** Databases, proxies, clouds and system programs. Each one accepts only its own lines. */
const SYSTEM_FORMATS: readonly LogFormat[] = [
  haproxyFormat,
  envoyAccessFormat,
  envoyFormat,
  squidFormat,
  w3cFormat,
  ...LOAD_BALANCER_FORMATS,
  s3AccessFormat,
  vpcFlowFormat,
  lambdaFormat,
  postgresFormat,
  postgresCsvFormat,
  pgbouncerFormat,
  mysqlFormat,
  mysqlGeneralFormat,
  mysqlSlowFormat,
  mongodbFormat,
  redisFormat,
  clickhouseFormat,
  etcdFormat,
  rabbitmqFormat,
  klogFormat,
  ...DATED_PROGRAM_FORMATS,
  auditdFormat,
  dmesgFormat,
  journalctlFormat,
  aptHistoryFormat,
  zeekFormat,
  windowsDhcpFormat,
  logfmtFormat,
];

/**
 * Every format that Weir reads. A `LogFormat` is one of log files (`weir import --format`), a `BodyFormat` is one of request
 * bodies (`POST /ingest`, by Content-Type), and a format may be both. The most specific stands first: see `detectFormat`.
 */
const FORMATS: readonly (LogFormat | BodyFormat)[] = [
  jsonFormat,
  ndjsonFormat,
  accessFormat,
  apacheErrorFormat,
  nginxErrorFormat,
  ...SYSTEM_FORMATS,
  logcatFormat,
  hdfsFormat,
  ...APPLICATION_FORMATS,
  syslogFormat,
  plainDatedFormat,
  textFormat,
];

export const LOG_FORMATS = FORMATS.filter((format): format is LogFormat => 'parse' in format);
export const BODY_FORMATS = FORMATS.filter((format): format is BodyFormat => 'contentTypes' in format);
