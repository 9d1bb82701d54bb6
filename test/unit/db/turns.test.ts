import { expect, test } from 'vitest';
import { createTurns, type OperationTurns } from '../../../src/db/connection/turns.ts';
import { Overloaded } from '../../../src/errors.ts';

const LIMITS = { total: 3, perClient: 3, perOperation: 3, waiting: 100, waitingPerClient: 100 };

/** Statements that say when they start. */
function recorded() {
  const started: string[] = [];
  const ask = (turns: OperationTurns, name: string): (() => void) => {
    const start = (): void => void started.push(name);
    turns.ask(start);
    return start;
  };
  return { started, ask };
}

test('statements start at once while turns are free, then clients get turns one after the other', () => {
  const { started, ask } = recorded();
  const turns = createTurns(LIMITS);
  const greedy = turns.operationOf('greedy');
  for (let i = 1; i <= 6; i++) ask(greedy, `greedy ${i}`);
  expect(started).toEqual(['greedy 1', 'greedy 2', 'greedy 3']);
  ask(turns.operationOf('modest'), 'modest 1');
  ask(turns.operationOf('late'), 'late 1');
  started.length = 0;
  for (let i = 0; i < 4; i++) greedy.done();
  expect(started).toEqual(['greedy 4', 'modest 1', 'late 1', 'greedy 5']);
});

test('the operations of one client get turns one after the other', () => {
  const { started, ask } = recorded();
  const turns = createTurns({ ...LIMITS, total: 1 });
  const [a, b] = [turns.operationOf('client'), turns.operationOf('client')];
  for (let i = 1; i <= 3; i++) ask(a, `a${i}`);
  for (let i = 1; i <= 2; i++) ask(b, `b${i}`);
  for (const running of [a, a, b, a]) running.done();
  expect(started).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
});

test('one operation or client leaves turns for others, and goes on when one of its own ends', () => {
  const { started, ask } = recorded();
  const turns = createTurns({ ...LIMITS, perClient: 2, perOperation: 1 });
  const [first, second, third] = ['a', 'a', 'a'].map(turns.operationOf) as [
    OperationTurns,
    OperationTurns,
    OperationTurns,
  ];
  ask(first, 'first 1');
  ask(first, 'first 2');
  ask(second, 'second 1');
  ask(third, 'third 1');
  ask(turns.operationOf('b'), 'other 1');
  expect(started).toEqual(['first 1', 'second 1', 'other 1']);
  second.done();
  expect(started.at(-1)).toBe('third 1');
  first.done();
  expect(started.at(-1)).toBe('first 2');
});

test('past the limits a statement gets OVERLOADED at once, and one that stops waiting makes room', () => {
  const { started, ask } = recorded();
  const turns = createTurns({ ...LIMITS, total: 1, waiting: 3, waitingPerClient: 2 });
  const [a, b, c] = ['a', 'b', 'c'].map(turns.operationOf) as [OperationTurns, OperationTurns, OperationTurns];
  ask(a, 'a1');
  const second = ask(a, 'a2');
  ask(a, 'a3');
  expect(() => ask(a, 'a4')).toThrow(Overloaded);
  expect(() => ask(a, 'a4')).toThrow('at most 2 statements of one client');
  ask(b, 'b1');
  expect(() => ask(c, 'c1')).toThrow('at most 3 statements of all clients');
  a.withdraw(second);
  a.withdraw(second);
  ask(c, 'c1');
  for (const running of [a, a, b]) running.done();
  expect(started).toEqual(['a1', 'a3', 'b1', 'c1']);
});

test('ten thousand statements that fail as they start do not overflow the stack', () => {
  const turns = createTurns({ ...LIMITS, total: 1, waiting: 20_000, waitingPerClient: 20_000 });
  const operation = turns.operationOf('client');
  let failed = 0;
  operation.ask(() => {});
  for (let i = 0; i < 10_000; i++) {
    operation.ask(() => {
      failed++;
      operation.done();
    });
  }
  operation.done();
  expect(failed).toBe(10_000);
});
