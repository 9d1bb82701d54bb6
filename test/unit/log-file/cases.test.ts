import { describe, expect, test } from 'vitest';
import { caseBytes, caseNames, casesMissing, expectedOf, importedOf, missingOf } from '../../support/cases.ts';
import { needs } from '../../support/needs.ts';

/** START, END and REPORT lines of that file are records of no interest here. */
const RECORDS: Readonly<Record<string, number>> = { 'aws-lambda-text': 5 };
const ZONES: Readonly<Record<string, string>> = { 'postgres-zone': 'Europe/Berlin' };

describe('files in formats that people have', needs(casesMissing), () => {
  test.each(caseNames)('%s has the fields that are expected', async (name) => {
    const expected = expectedOf(name);
    const records = await importedOf(caseBytes(name), ZONES[name]);
    expect({ missing: missingOf(expected, records), count: records.length }).toEqual({
      missing: [],
      count: RECORDS[name] ?? expected.length,
    });
  });
});
