import { expect, test } from 'vitest';
import { recordLine } from '../../../client/src/sender/record-line.ts';

const head = { level: 'info', time: 1 };
const read = (...fields: object[]): Record<string, unknown> =>
  JSON.parse(recordLine(head, fields, 'order paid').toString());

test('of fields with the same name the later one wins, and what JSON cannot hold is described', () => {
  const circle: Record<string, unknown> = { order: 7n };
  circle.self = circle;
  expect(read({ user: 'ann', message: 'other' }, { user: 'bob', circle })).toEqual({
    ...head,
    message: 'order paid',
    user: 'bob',
    circle: { order: '7', self: '[Circular]' },
  });
});

test('an error that is its own cause, and fields whose getters throw, do not reach the application', () => {
  const error = new Error('no stock');
  error.cause = error;
  expect(read({ err: error })).toMatchObject({ err: { type: 'Error', message: 'no stock', cause: { type: 'Error' } } });
  const throwing = {
    get total() {
      throw new RangeError('not loaded');
    },
  };
  expect(read(throwing)).toEqual({ ...head, message: 'order paid', not_serialized: 'not loaded' });
  expect(read({ order: { toJSON: () => throwing.total } })).toMatchObject({ not_serialized: 'not loaded' });
});
