import { describe, expect, test } from 'vitest';
import { levelOf, severityOfLevelValue, severityOfPriorityValue } from '../../../src/log/level.ts';

describe('the value of a level', () => {
  test.each<[string, readonly unknown[]]>([
    ['TRACE', ['trace', 'TRCE', 'Verbose', 'VRB', 'silly', 'finest', 10, '10', 'DEBUG-4']],
    ['DEBUG', ['debug', 'dbug', 'DBG', 'fine', 'D', 'D1', 'd5', 'DEBUG5', 20, 'INFO-2']],
    ['INFO', ['info', 'Information', 'informational', 'notice', 'LOG', 'DEFAULT', 'Note', 'I', 30, 'INFO+2', ' info ']],
    ['WARNING', ['warn', 'WARNING', 'wrn', 'W', 40, '[warn]', '\u001b[33mwarn\u001b[39m', 'WARN+1']],
    ['ERROR', ['error', 'ERR', 'fail', 'Severe', 'EROR', 50, 'ERROR+2', '[ERROR]', '(error)', '<error>', 'error:']],
    ['CRITICAL', ['fatal', 'critical', 'crit', 'FTL', 'dpanic', 'panic', 'alert', 'emerg', 60, 'ERROR+4', 'ERROR+99']],
  ])('is %s', (level, values) => {
    for (const value of values) expect([value, levelOf(severityOfLevelValue(value) ?? 1)]).toEqual([value, level]);
  });

  test.each(['weird', '', '[]', 'ERROR+', '+2', 3, 100, 70, -4, true, null, {}, 'x'.repeat(1000), '\u001b[31m'])(
    '%j says none',
    (value) => expect(severityOfLevelValue(value)).toBeUndefined(),
  );

  test("is between levels where the library's is", () => {
    expect(severityOfLevelValue('ERROR+2')).toBe(19);
    expect(severityOfLevelValue('INFO-2')).toBe(7);
  });

  test('of a priority is the number of syslog, or a word', () => {
    expect([3, '3', 'err'].map(severityOfPriorityValue)).toEqual([17, 17, 17]);
  });
});
