import { describe, expect, test } from 'vitest';
import { caseBytes, caseNames, casesMissing, expectedOf, importedOf, missingOf } from '../../support/cases.ts';
import { needs } from '../../support/needs.ts';

/** Cases that are not yet as expected. */
const NOT_YET: readonly string[] = [
  'airflow',
  'aws-alb',
  'aws-lambda-text',
  'cassandra-level-first',
  'dated-lower-level',
  'dated-pipe-nlog',
  'epoch-line',
  'fail2ban',
  'iso-t-bracket',
  'iso-t-colon',
  'iso-t-level',
  'jul-two-lines',
  'klog',
  'laravel',
  'logfmt',
  'mongodb-4.2-text',
  'monolog',
  'postgres-default',
  'postgres-zone',
  'rails',
  'redis',
  'rust-tracing-five-letter',
  'uvicorn',
  'vmware-vpxd',
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
