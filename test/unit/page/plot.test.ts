import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clocksOf } from '../../../page/src/text/clock.ts';
import { GROUP_COLOURS, REST_COLOUR } from '../../../page/src/text/palette.ts';
import { timeTicks } from '../../../page/src/text/ticks.ts';

const labels = (from: string, to: string, zone = 'UTC', most = 8) =>
  timeTicks(Date.parse(from), Date.parse(to), clocksOf(zone), most).map(({ label }) => label);

describe('the axis of time', () => {
  test('has round times of the zone', () => {
    expect(labels('2026-11-26T10:07:00Z', '2026-11-26T11:07:00Z')).toEqual([
      '10:10',
      '10:20',
      '10:30',
      '10:40',
      '10:50',
      '11:00',
    ]);
    expect(labels('2026-11-26T10:00:00Z', '2026-11-26T16:00:00Z', 'Asia/Kolkata', 6)).toEqual([
      '16:00',
      '17:00',
      '18:00',
      '19:00',
      '20:00',
      '21:00',
    ]);
    expect(labels('2026-11-26T10:00:00Z', '2026-11-26T10:00:10Z', 'UTC', 5)[1]).toBe('10:00:02');
  });

  test('has the day at midnight', () => {
    expect(labels('2026-11-25T21:00:00Z', '2026-11-26T03:00:00Z', 'Europe/Berlin', 3)).toEqual([
      '22:00',
      '26 Nov',
      '02:00',
    ]);
  });

  test('has midnights where the clocks are changed', () => {
    const ticks = timeTicks(
      Date.parse('2026-10-23T22:00:00Z'),
      Date.parse('2026-10-27T23:00:00Z'),
      clocksOf('Europe/Berlin'),
      5,
    );
    expect(ticks.map(({ at }) => new Date(at).toISOString().slice(5, 16))).toEqual([
      '10-23T22:00',
      '10-24T22:00',
      '10-25T23:00',
      '10-26T23:00',
    ]);
  });

  test('has months and years, and never more than there is room for', () => {
    expect(labels('2026-01-10T00:00:00Z', '2026-11-26T00:00:00Z', 'UTC', 6)).toEqual([
      'Mar 2026',
      'May 2026',
      'Jul 2026',
      'Sep 2026',
      'Nov 2026',
    ]);
    expect(labels('0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z').length).toBeLessThanOrEqual(9);
    for (const hours of [0.001, 0.3, 7, 30, 200, 3000, 90_000]) {
      const to = new Date(Date.parse('2026-01-01T00:00:00Z') + hours * 3_600_000).toISOString();
      expect(labels('2026-01-01T00:00:00Z', to).length, to).toBeLessThanOrEqual(9);
    }
  });
});

describe('the colours of groups', () => {
  const tokens = readFileSync(join(import.meta.dirname, '../../../page/src/style/tokens.css'), 'utf8');
  const token = (name: string) => {
    const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(tokens)!;
    return { light: light!, dark: dark! };
  };
  const linear = (hex: string) =>
    [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  const luminance = (hex: string) => {
    const [red, green, blue] = linear(hex) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: string, other: string) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };
  /** Of OKLab: 0.02 is about what one just sees. */
  const distance = (one: string, other: string) => Math.hypot(...lab(one).map((part, at) => part - lab(other)[at]!));
  const lab = (hex: string) => {
    const [red, green, blue] = linear(hex) as [number, number, number];
    const [l, m, s] = [
      0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue,
      0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue,
      0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue,
    ].map(Math.cbrt) as [number, number, number];
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
  };
  const colours = [...GROUP_COLOURS, REST_COLOUR];

  test.each(['light', 'dark'] as const)('have a contrast of 3 to the grounds of the %s theme', (theme) => {
    const grounds = ['ground', 'raised'].map((name) => token(name)[theme]);
    for (const colour of colours) {
      for (const ground of grounds) expect(contrast(colour[theme], ground), colour[theme]).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(['light', 'dark'] as const)('can be told apart in the %s theme', (theme) => {
    for (const [place, one] of colours.entries()) {
      for (const other of colours.slice(place + 1)) {
        expect(distance(one[theme], other[theme]), `${one[theme]} ${other[theme]}`).toBeGreaterThan(0.08);
      }
    }
  });
});
