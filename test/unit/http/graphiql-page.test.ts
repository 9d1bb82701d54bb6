import { expect, test } from 'vitest';
import { EXAMPLES } from '../../../src/http/graphql/examples.ts';
import { TAIL_SCRIPT } from '../../../src/http/graphql/graphiql-tail.ts';

test("every line of GraphiQL's examples fits the editor of a window of 1,400 pixels", () => {
  const lines = EXAMPLES.flatMap((example) => example.split('\n'));
  expect(lines.filter((line) => line.length > 57)).toEqual([]);
});

test('the page keeps the records of a tail that came before, the newest first', () => {
  const heard: string[] = [];
  const wrapped = new Function('globalThis', 'MessageEvent', `${TAIL_SCRIPT}; return globalThis.WebSocket;`)(
    { WebSocket: FakeSocket },
    MessageEvent,
  ) as typeof FakeSocket;
  const socket = new wrapped();
  socket.onmessage = ({ data }) => void heard.push(data);
  const batch = (...logs: number[]) => JSON.stringify({ id: '1', type: 'next', payload: { data: { tail: { logs } } } });
  for (const message of ['{"type":"pong"}', batch(1, 2), batch(3)]) socket.receive(message);
  expect(heard).toEqual(['{"type":"pong"}', batch(2, 1), batch(3, 2, 1)]);
});

/** As much of a browser's WebSocket as the script wraps. */
class FakeSocket {
  #listener: ((event: { data: string }) => void) | null = null;
  set onmessage(listener: ((event: { data: string }) => void) | null) {
    this.#listener = listener;
  }
  receive(data: string): void {
    this.#listener?.({ data });
  }
}
