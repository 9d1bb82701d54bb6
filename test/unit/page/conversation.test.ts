import { expect, test } from 'vitest';
import { conversationOf } from '../../../page/src/text/conversation.ts';

test('messages of OpenAI, OpenTelemetry and Anthropic are a conversation', () => {
  const openai = {
    messages: [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: [{ type: 'text', text: 'why?' }] },
    ],
  };
  expect(conversationOf(openai, 'input')).toEqual([
    { role: 'system', parts: ['be kind'] },
    { role: 'user', parts: ['why?'] },
  ]);
  const answer = { choices: [{ message: { role: 'assistant', content: 'because' } }] };
  expect(conversationOf(answer, 'assistant')).toEqual([{ role: 'assistant', parts: ['because'] }]);
  const telemetry = [{ role: 'user', parts: [{ type: 'text', content: 'why?' }] }];
  expect(conversationOf(telemetry, 'input')).toEqual([{ role: 'user', parts: ['why?'] }]);
  const anthropic = { system: 'be kind', messages: [{ role: 'user', content: 'why?' }] };
  expect(conversationOf(anthropic, 'input').map(({ role }) => role)).toEqual(['system', 'user']);
});

test('what has another form is text', () => {
  expect(conversationOf('hello', 'input')).toEqual([{ role: 'input', parts: ['hello'] }]);
  expect(conversationOf(null, 'input')).toEqual([]);
  expect(conversationOf({ query: 1 }, 'input')).toEqual([{ role: 'input', parts: ['{\n  "query": 1\n}'] }]);
  expect(conversationOf([0.5, 'a'], 'input')).toEqual([{ role: 'input', parts: ['0.5', 'a'] }]);
  const tool = { role: 'assistant', content: null, tool_calls: [{ name: 'look' }] };
  expect(conversationOf([tool], 'x')[0]!.parts[0]).toContain('"name": "look"');
});
