import { describe, expect, test } from 'vitest';
import { caseBytes, caseNames, casesMissing, expectedOf, importedOf, missingOf } from '../../support/cases.ts';
import { needs } from '../../support/needs.ts';

/** Cases that are not yet as expected. */
const NOT_YET: readonly string[] = [
  'airflow',
  'aws-alb',
  'aws-lambda-text',
  'caddy',
  'cassandra-level-first',
  'clef',
  'dated-lower-level',
  'dated-pipe-nlog',
  'epoch-line',
  'fail2ban',
  'gelf',
  'iso-t-bracket',
  'iso-t-colon',
  'iso-t-level',
  'journald-json',
  'json-nan',
  'json-times',
  'jul-two-lines',
  'klog',
  'laravel',
  'level-values',
  'log4j2-json',
  'logfmt',
  'mongodb-4.2-text',
  'mongodb-json',
  'monolog',
  'otlp-json',
  'postgres-default',
  'postgres-jsonlog',
  'postgres-zone',
  'rails',
  'redis',
  'rust-tracing-five-letter',
  'rust-tracing-json',
  'time-names',
  'uvicorn',
  'vmware-vpxd',
  'windows-event-json',
];

/** START, END and REPORT lines of that file are records of no interest here. */
const RECORDS: Readonly<Record<string, number>> = { 'aws-lambda-text': 5 };
const ZONES: Readonly<Record<string, string>> = { 'postgres-zone': 'Europe/Berlin' };

describe('files in formats that people have', needs(casesMissing), () => {
  test.each(caseNames.filter((name) => !NOT_YET.includes(name)))(
    '%s has the fields that are expected',
    async (name) => {
      const expected = expectedOf(name);
      const records = await importedOf(caseBytes(name), ZONES[name]);
      expect({ missing: missingOf(expected, records), count: records.length }).toEqual({
        missing: [],
        count: RECORDS[name] ?? expected.length,
      });
    },
  );

  test.skip.each(NOT_YET)('%s has the fields that are expected', () => {});
});
