import { expect, test } from 'vitest';
import { fieldErrorOf } from '../../../page/src/text/field-error.ts';
import { ruleText, valueText } from '../../../page/src/views/alerts/alert-text.ts';
import { type Draft, draftOf, NEW_DRAFT, ruleOf } from '../../../page/src/views/alerts/form/alert-draft.ts';
import { detailText, firedText, type Preview } from '../../../page/src/views/alerts/form/preview-text.ts';
import { previewTime } from '../../../page/src/views/alerts/form/preview-time.ts';
import { deliveryText, isFailed } from '../../../page/src/views/alerts/open/delivery-text.ts';

const NOW = Date.parse('2026-11-26T13:30:00Z');

test('the shown range is previewed, or as much of its end as the API takes', () => {
  const previews = [
    [{ last: '1d' }, 'COUNT', { last: '1d' }],
    [{ last: '30d' }, 'COUNT', { last: '7d' }],
    [{ last: '7d' }, 'NEW_ERROR', { last: '1d' }],
    [null, 'COUNT', { from: '2026-11-19T13:30:00Z', to: '2026-11-26T13:30:00Z' }],
    [
      { from: '2026-11-26T10:00:00Z', to: '2026-11-26T11:00:00Z' },
      'COUNT',
      { from: '2026-11-26T10:00:00Z', to: '2026-11-26T11:00:00Z' },
    ],
    [{ from: '2026-11-26T10:00:00Z', to: null }, 'COUNT', { from: '2026-11-26T10:00:00Z', to: null }],
    [
      { from: '2026-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      'COUNT',
      { from: '2026-02-22T00:00:00Z', to: '2026-03-01T00:00:00Z' },
    ],
    // Today goes to midnight: what is still to come is not evaluated.
    [
      { from: '2026-11-19T00:00:00Z', to: '2026-11-27T00:00:00Z' },
      'COUNT',
      { from: '2026-11-19T13:30:00Z', to: '2026-11-26T13:30:00Z' },
    ],
  ] as const;
  for (const [shown, measure, time] of previews) {
    const isShortened = JSON.stringify(shown) !== JSON.stringify(time);
    expect(previewTime(shown, measure, NOW)).toEqual({ time, isShortened });
  }
});

test('what is typed becomes a rule; other text is left to the server', () => {
  const rule = (draft: Partial<Draft>) => ruleOf({ ...NEW_DRAFT, ...draft });
  expect(rule({ window: '1 hour', cooldown: '0' })).toEqual({
    ...{ measure: 'COUNT', threshold: 10, minimum: 1, window: '1h', cooldown: '0s' },
  });
  expect(rule({ measure: 'ERROR_RATE', threshold: '7', minimum: '50' })).toMatchObject({
    threshold: 0.07,
    minimum: 50,
  });
  expect(rule({ measure: 'ABSENCE' })).toMatchObject({ threshold: null });
  expect(rule({ threshold: 'ten', window: 'soon' })).toMatchObject({ threshold: 'ten', window: 'soon' });
});

test('the form of an alert shows what was saved', () => {
  const alert = { name: 'x', measure: 'ERROR_RATE', threshold: 0.07, minimum: 50, window: 'PT1H30M', cooldown: 'PT0S' };
  const draft = draftOf(alert as never, ['n']);
  expect(draft).toEqual({
    ...{ name: 'x', measure: 'ERROR_RATE', threshold: '7', minimum: '50', window: '1h30m', cooldown: '0s' },
    notifierIds: ['n'],
  });
  expect(ruleOf(draft)).toMatchObject({ threshold: 0.07, minimum: 50, window: '1h30m', cooldown: '0s' });
});

test('values and rules are said in words', () => {
  const rule = { threshold: 5, minimum: 1, window: 'PT5M' };
  expect(ruleText({ ...rule, measure: 'COUNT' })).toBe('5 records or more in 5 min');
  expect(ruleText({ ...rule, measure: 'ERROR_RATE', threshold: 0.05, minimum: 100 })).toBe(
    '5% errors or more in 5 min, of 100 records or more',
  );
  expect(ruleText({ ...rule, measure: 'ABSENCE', window: 'PT25H' })).toBe('no record in 1 d 1 h');
  expect(ruleText({ ...rule, measure: 'LLM_COST_USD' })).toBe('$5.00 or more in 5 min');
  expect(valueText('NEW_ERROR', 1)).toBe('1 new kind of error');
  expect(valueText('ERROR_RATE', null)).toBe('too few records');
});

test('a preview says how often it would have fired, and how near it came where it did not', () => {
  const firing = (from: string, to: string) => ({ from: `2026-11-26T${from}Z`, to: `2026-11-26T${to}Z` });
  const preview: Preview = { evaluations: 60, fired: 0, firings: [], values: [] };
  const value = (count: number | null) => ({ at: '2026-11-26T10:00:00Z', value: count, firing: false });
  expect(firedText(preview)).toBe('would not have fired');
  expect(detailText({ ...preview, values: [value(3), value(7), value(null)] }, 'COUNT')).toBe(
    'The nearest to firing was 7 records.',
  );
  expect(detailText({ ...preview, values: [value(3), value(7)] }, 'ABSENCE')).toBe(
    'The nearest to firing was 3 records.',
  );
  const flapping = { ...preview, fired: 1, firings: [firing('10:00:00', '10:02:00'), firing('10:10:00', '10:20:30')] };
  expect(firedText(flapping)).toBe('would have fired once');
  expect(detailText(flapping, 'COUNT')).toBe(
    '2 firings of 2 min to 11 min, 13 min in all: the cooldown makes 1 notification of them.',
  );
});

test('a delivery says whether it arrived, and what comes next', () => {
  const delivery = { notifierName: 'ops', deliveredAt: null, attempts: 0, nextAttemptAt: '14:00', error: null };
  const clock = (time: string): string => time;
  expect(deliveryText(delivery, clock)).toBe('ops: not sent yet');
  expect(isFailed(delivery)).toBe(false);
  const failed = { ...delivery, attempts: 3, error: 'status 500' };
  expect(deliveryText(failed, clock)).toBe('ops: failed, status 500; 3 attempts, next attempt 14:00');
  expect(deliveryText({ ...failed, nextAttemptAt: null }, clock)).toMatch(/given up$/);
  expect(deliveryText({ ...failed, deliveredAt: '14:05' }, clock)).toBe('ops: delivered 14:05 at attempt 3');
});

test('an error of the server is about the field that it names', () => {
  const FIELDS = ['name', 'window'];
  expect(fieldErrorOf('input.window: expected whole minutes', FIELDS)).toEqual({
    field: 'window',
    message: 'expected whole minutes',
  });
  const coerced =
    'Variable "$input" got invalid value "soon" at "input.window"; Expected type "Duration". expected a length';
  expect(fieldErrorOf(coerced, FIELDS)).toEqual({ field: 'window', message: 'expected a length' });
  expect(fieldErrorOf('The server does not answer.', FIELDS).field).toBeNull();
});
