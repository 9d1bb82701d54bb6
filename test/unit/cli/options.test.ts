import { Command, CommanderError } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import {
  asCount,
  asDuration,
  asTimestamp,
  DEFAULT_URL,
  type FilterOptions,
  filterOf,
  timeOf,
  withFilter,
  withUrl,
} from '../../../src/cli/options.ts';

afterEach(() => void vi.unstubAllEnvs());

const parse = (...words: string[]) => {
  const command = withUrl(withFilter(new Command('test').argument('[search...]')))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(words, { from: 'user' });
  return { filter: filterOf(command.args, command.opts<FilterOptions>()), url: command.opts().url };
};

test('options and search words become one filter of the API', () => {
  expect(
    parse('-s', 'billing', 'timed', '--service', 'auth', 'out', '-l', 'warn', '-c', 'worker', '--correlation', 'c-1')
      .filter,
  ).toEqual({
    query: 'timed out',
    services: ['billing', 'auth'],
    components: ['worker'],
    minLevel: 'WARNING',
    correlationIds: ['c-1'],
  });
});

test('no options are no filter at all: clean-up refuses an empty one and nulls', () => {
  expect(parse().filter).toBeUndefined();
  expect(parse('  ').filter).toBeUndefined();
});

test('an empty service name is a service name, not a missing option', () => {
  expect(parse('-s', '').filter).toEqual({ services: [''] });
});

test('a level that is none is refused before any server is asked', () => {
  expect(() => parse('-l', 'loud')).toThrow(CommanderError);
});

test('the server is --url, else WEIR_URL, else this machine', () => {
  vi.stubEnv('WEIR_URL', undefined);
  expect(parse().url).toBe(DEFAULT_URL);
  vi.stubEnv('WEIR_URL', 'http://elsewhere:1');
  expect(parse().url).toBe('http://elsewhere:1');
  expect(parse('-u', 'http://here:2').url).toBe('http://here:2');
});

test('durations, times and counts are checked as the server would', () => {
  expect(asDuration('15m')).toBe('15m');
  expect(() => asDuration('soon')).toThrow('15m');
  expect(asTimestamp('2026-11-21')).toBe('2026-11-21T00:00:00.000000Z');
  expect(() => asTimestamp('yesterday')).toThrow('2026-11-21');
  expect(asCount(1, 10)('10')).toBe(10);
  for (const text of ['0', '11', '1.5', '-1', 'ten', '']) expect(() => asCount(1, 10)(text)).toThrow('1 to 10');
});

test('a time range says only what was given, and must not be turned round', () => {
  expect(timeOf({})).toBeUndefined();
  expect(timeOf({ last: '1h', to: '2026-11-21T00:00:00.000000Z' })).toEqual({
    last: '1h',
    to: '2026-11-21T00:00:00.000000Z',
  });
  expect(() => timeOf({ from: '2026-11-22T00:00:00.000000Z', to: '2026-11-21T00:00:00.000000Z' })).toThrow('--from');
});
