import { expect, test } from 'vitest';
import { headLevel } from '../../../../src/log-file/formats/head-level.ts';

test.each([
  ['ERROR: cannot connect', 17, 'cannot connect'],
  ['ERROR:cannot connect', 17, 'cannot connect'],
  ['error: cannot connect', 17, 'cannot connect'],
  ['Warning: nearly full', 13, 'nearly full'],
  ['[WARN] slow', 13, 'slow'],
  ['[warn ] slow', 13, 'slow'],
  ['[ERROR]: slow', 17, 'slow'],
  ['[E] slow', 17, 'slow'],
  ['<error> slow', 17, 'slow'],
  ['WARN slow', 13, 'slow'],
  ['DEBUG\tslow', 5, 'slow'],
  ['info - server started', 9, 'server started'],
  ['ERROR | slow', 17, 'slow'],
  ['INFO:     Started', 9, 'Started'],
  ['ERROR', 17, ''],
  ['E: Unable to locate package x', 17, 'Unable to locate package x'],
])('%s', (text, severityNumber, rest) => {
  expect(headLevel(text)).toEqual({ severityNumber, rest });
});

test.each([
  ['panic: nil map', 24],
  ['Error: boom', 17],
])('a word that says more than a level stays: %s', (text, severityNumber) => {
  expect(headLevel(text)).toEqual({ severityNumber, rest: text });
});

test.each([
  'Error while reading',
  'error while reading',
  'Info about it',
  'Debug mode is on',
  'Warning! Do not',
  'Warning-like text',
  'http: Server closed',
  'HTTP 500 from upstream',
  'ALL tests passed',
  'config: loaded',
  '[http] up',
  'C: is a drive',
  'E:\\data is missing',
  'I am here',
  'INFOS here',
  'ERRORS: 3',
  '[main] up',
  'hello',
  '',
])('names no level: %s', (text) => {
  expect(headLevel(text)).toBeUndefined();
});
