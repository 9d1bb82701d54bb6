import { describe, expect, test } from 'vitest';
import { caseBytes, caseNames, casesMissing, expectedOf, importedOf, missingOf } from '../../support/cases.ts';
import { needs } from '../../support/needs.ts';

/** Cases that are not yet as expected. */
const NOT_YET: readonly string[] = [
  'aws-alb',
  'aws-lambda-text',
  'caddy',
  'clef',
  'gelf',
  'journald-json',
  'json-nan',
  'json-times',
  'klog',
  'level-values',
  'log4j2-json',
  'logfmt',
  'mongodb-4.2-text',
  'mongodb-json',
  'otlp-json',
  'postgres-default',
  'postgres-jsonlog',
  'postgres-zone',
  'redis',
  'rust-tracing-json',
  'time-names',
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
