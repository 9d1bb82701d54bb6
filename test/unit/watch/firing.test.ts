import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOT_FIRED, stepOf, type Verdict } from '../../../src/watch/alerts/firing.ts';

const MINUTE_MS = 60_000;
const VERDICTS: Readonly<Record<string, Verdict>> = { o: 'OK', f: 'FIRING', u: 'UNKNOWN' };

/** The events of minutes, each a letter: `F` for FIRED, `R` for RESOLVED, `.` for none. */
function told(minutes: string, cooldownMinutes: number): string {
  let firing = NOT_FIRED;
  return [...minutes]
    .map((letter, minute) => {
      const { after, event } = stepOf(firing, VERDICTS[letter]!, minute * MINUTE_MS, cooldownMinutes * MINUTE_MS);
      firing = after;
      return event?.[0] ?? '.';
    })
    .join('');
}

test.each([
  ['tells a firing once, and that it is over', 60, 'ooffffoo', '..F...R.'],
  ['tells a firing again when the cooldown is over', 3, 'fffffffo', 'F..F..FR'],
  ['tells one that fires again within the cooldown when that is over, if it still fires', 5, 'fofffffo', 'FR...F.R'],
  ['tells nothing of one that fires again and is over within the cooldown', 60, 'fofofo', 'FR....'],
  ['tells one that fires again after the cooldown', 3, 'foofoo', 'FR.FR.'],
  ['lets UNKNOWN make no event, and end no firing', 60, 'uufuufuo', '..F....R'],
  ['counts UNKNOWN into the cooldown', 3, 'fuuuf', 'F...F'],
  ['tells every change and repeats nothing without a cooldown', 0, 'fffofofuuf', 'F..RFRF...'],
  ['tells nothing of an alert that is always OK', 0, 'ooouo', '.....'],
])('%s', (_, cooldown, minutes, events) => {
  expect(told(minutes, cooldown)).toBe(events);
});

test('FIRED events lie at least the cooldown apart, and each RESOLVED follows a FIRED', () => {
  const minutes = fc.string({ unit: fc.constantFrom('o', 'f', 'u'), maxLength: 60 });
  fc.assert(
    fc.property(minutes, fc.integer({ min: 1, max: 20 }), (letters, cooldown) => {
      const events = told(letters, cooldown);
      const fired = Array.from(events.matchAll(/F/g), ({ index }) => index);
      expect(fired.every((at, i) => i === 0 || at - fired[i - 1]! >= cooldown)).toBe(true);
      expect(events.replaceAll(/[.]/g, '')).toMatch(/^(?:F+R)*F*$/);
      // A FIRED stands only where it fires, a RESOLVED where it is OK.
      expect([...events].every((event, i) => event === '.' || letters[i] === (event === 'F' ? 'f' : 'o'))).toBe(true);
    }),
  );
});
