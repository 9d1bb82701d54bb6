import { describe, expect, test } from 'vitest';
import { type Failure, readMessage, responseText } from '../../../../src/http/mcp/message.ts';
import { headersOf, readEra } from '../../../../src/http/mcp/revision.ts';

describe('a message', () => {
  const request = { jsonrpc: '2.0', id: 1, method: 'ping' };
  test.each([
    [request, { id: 1, method: 'ping', params: {} }],
    [
      { ...request, id: 'a', params: { b: 1 } },
      { id: 'a', method: 'ping', params: { b: 1 } },
    ],
    [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { id: null, method: 'notifications/initialized', params: {} },
    ],
    [
      { jsonrpc: '2.0', id: 7, result: {} },
      { id: null, method: '', params: {} },
    ],
  ])('%j', (sent, read) => expect(readMessage(JSON.stringify(sent))).toEqual(read));

  test.each([
    ['{', -32700, /expected JSON/],
    ['[]', -32600, /a list \(batches/],
    ['"x"', -32600, /no object/],
    ['{"id":1,"method":"ping"}', -32600, /JSON-RPC 2.0/],
    [JSON.stringify({ ...request, id: null }), -32600, /^id: /],
    [JSON.stringify({ ...request, id: 1.5 }), -32600, /^id: /],
    [JSON.stringify({ ...request, method: 1 }), -32600, /^method: /],
    [JSON.stringify({ ...request, params: [] }), -32600, /^params: /],
  ])('%s is refused', (text, code, message) => {
    const failure = readMessage(text) as Failure;
    expect(failure).toMatchObject({ code, status: 400, message: expect.stringMatching(message) });
    expect(JSON.parse(responseText(null, failure))).toEqual({
      jsonrpc: '2.0',
      error: { code, message: failure.message },
    });
  });
});

describe('the revision of a message', () => {
  const VERSION = 'io.modelcontextprotocol/protocolVersion';
  const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
  const MODERN = '2026-07-28';
  const messageOf = (meta: object, more: object = {}) => ({
    id: 1,
    method: 'tools/call',
    params: { name: 'stats', _meta: meta, ...more },
  });
  const modern = messageOf({ [VERSION]: MODERN, [CAPABILITIES]: {} });
  const sent = headersOf(modern, MODERN);
  const era = (message: object, headers: Record<string, string>) => readEra(message as never, new Headers(headers));

  test('is modern where the message and its headers say so', () => {
    expect(era(modern, sent)).toBe('modern');
    expect(era({ ...modern, id: null }, {})).toBe('modern');
    const other = messageOf({ [VERSION]: MODERN, [CAPABILITIES]: {} }, { name: 'größe' });
    expect(headersOf(other, MODERN)['Mcp-Name']).toBe('=?base64?Z3LDtsOfZQ==?=');
    expect(era(other, headersOf(other, MODERN))).toBe('modern');
  });

  test.each([{}, { 'mcp-protocol-version': '2025-06-18' }, { 'mcp-protocol-version': '2025-11-25' }])(
    'is legacy with the headers %j',
    (headers) => expect(era(messageOf({}), headers as never)).toBe('legacy'),
  );

  test.each([
    ['an unknown version in the header', messageOf({}), { 'mcp-protocol-version': '1999-01-01' }, -32022],
    ['no version in the message', messageOf({}), sent, -32602],
    ['no capabilities', messageOf({ [VERSION]: MODERN }), sent, -32602],
    ['no header', modern, {}, -32020],
    ['another version in the header', modern, { ...sent, 'MCP-Protocol-Version': '2025-11-25' }, -32020],
    ['another method in the header', modern, { ...sent, 'Mcp-Method': 'tools/list' }, -32020],
    ['another tool in the header', modern, { ...sent, 'Mcp-Name': 'health' }, -32020],
  ])('%s is refused', (_, message, headers, code) => {
    expect(era(message, headers as never)).toMatchObject({ code, status: 400 });
  });

  test('a version of the future is refused with those that are supported', () => {
    const message = messageOf({ [VERSION]: '2030-01-01', [CAPABILITIES]: {} });
    expect(era(message, headersOf(message, '2030-01-01'))).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28', '2025-11-25', '2025-06-18'], requested: '2030-01-01' },
    });
  });
});
