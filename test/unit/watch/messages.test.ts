import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { decodeLogId } from '../../../src/log/cursor.ts';
import { chatMessage } from '../../../src/watch/delivery/messages/chat.ts';
import { linksOf } from '../../../src/watch/delivery/messages/links.ts';
import { mailText } from '../../../src/watch/delivery/messages/mail.ts';
import { summaryOf } from '../../../src/watch/delivery/messages/summary.ts';
import { webhookBody, webhookHeaders } from '../../../src/watch/delivery/messages/webhook.ts';
import { notification, sampleRecord } from '../../support/notification.ts';

const LINKS = linksOf(notification(), 'https://logs.example.com');
const HOSTILE =
  '<!channel> <@U123> @here @all ```[x](http://e.example) & ![](http://e.example/i.png)\r\nBcc: x@y.example\u001b[31m';
const hostile = notification({
  alert: { ...notification().alert, name: HOSTILE },
  search: { ...notification().search, name: HOSTILE, query: HOSTILE },
  sample: [sampleRecord(HOSTILE)],
});

const SLACK = 'https://hooks.slack.com/services/T0/B0/secret';
const DISCORD = 'https://discord.com/api/webhooks/123/secret';
const MATTERMOST = 'https://chat.example.com/hooks/secret';

function sentTo(target: string, of = hostile, links: typeof LINKS | null = LINKS) {
  const { url, body } = chatMessage(target, summaryOf(of), links);
  return { url, body: JSON.parse(body) as Record<string, unknown> & { text: string; content: string } };
}

test('links lead to the search in its window, and to the event', () => {
  const page = new URL(LINKS.page);
  expect(page.origin + page.pathname).toBe('https://logs.example.com/');
  expect(Object.fromEntries(page.searchParams)).toEqual({
    q: 'level:error service:shop',
    from: '2026-11-27T03:10:00.000000Z',
    to: '2026-11-27T03:15:00.000000Z',
  });
  expect(new URL(LINKS.api).searchParams.get('query')).toContain('... on AlertEvent');
  const long = linksOf(
    notification({ search: { id: '', name: '', query: 'x'.repeat(5000) } }),
    'https://a.example/weir',
  );
  expect(long.page).toBe('https://a.example/weir/');
});

describe('chat', () => {
  test('a message says what happened, in which window, what was searched, and shows records', () => {
    expect(sentTo(SLACK, notification()).body.text).toBe(
      [
        'FIRED: `Checkout errors`',
        '```',
        '57 records, threshold 50',
        '2026-11-27T03:10:00Z to 2026-11-27T03:15:00Z',
        'Search "Shop errors": level:error service:shop',
        '2026-11-27T03:14:58Z ERROR shop: payment failed',
        '```',
        `<${LINKS.page.replaceAll('&', '&amp;')}|Open in Weir>`,
      ].join('\n'),
    );
  });

  test('without PUBLIC_URL there is no link', () => {
    expect(sentTo(SLACK, notification(), null).body.text).toMatch(/payment failed\n```$/);
  });

  test('a trial says that it is one', () => {
    const { text } = sentTo(SLACK, notification({ event: null, sample: [] })).body;
    expect(text).toMatch(/^TRIAL: `Checkout errors`\n```\nThis is a trial/);
  });

  test('Slack gets no mention, no link and no end of the code from logged text', () => {
    const { text, ...options } = sentTo(SLACK).body;
    const [, code] = /^FIRED: `([^`]*)`\n```\n[^`]*\n```\n<[^<>|]*\|Open in Weir>$/.exec(text) ?? [];
    expect(code).toMatch(/^&lt;!channel&gt; &lt;@U123&gt; @here/);
    expect(text.replace(/\n<[^<>]*>$/, '')).not.toMatch(/[<>]/);
    expect(options).toMatchObject({ parse: 'none', link_names: false, unfurl_links: false });
  });

  test('Discord notifies nobody, and fetches no link', () => {
    const { content, ...options } = sentTo(DISCORD).body;
    expect(options).toEqual({ allowed_mentions: { parse: [] }, flags: 4 });
    expect(content).toMatch(/^FIRED: `[^`]*`\n```\n[^`]*\n```\n\[Open in Weir\]\(\S+\)$/);
  });

  test('Mattermost gets no mention, neither of its own nor of Slack', () => {
    const { text } = sentTo(MATTERMOST).body;
    expect(text).toMatch(/^FIRED: `[^`]*`\n```\n[^`]*\n```\n\[Open in Weir\]\(\S+\)$/);
    expect(text).not.toMatch(/@here|@all|@U123|<!|<@/);
  });

  test('the URL says which program it is', () => {
    expect(sentTo(`${DISCORD}/slack?wait=true`).url).toBe(`${DISCORD}?wait=true`);
    expect(sentTo('http://127.0.0.1:9/api/v10/webhooks/1/x').body).toHaveProperty('content');
    expect(sentTo('https://rocket.example/hooks/1/token').body).toHaveProperty('unfurl_links');
    expect(sentTo('https://example.com/mattermost/hooks/abc').body).not.toHaveProperty('unfurl_links');
  });

  test.each([SLACK, DISCORD, MATTERMOST])(
    'any text keeps the message in its bounds and its code closed: %s',
    (target) => {
      fc.assert(
        fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 600 }), { maxLength: 10 }), (messages) => {
          const of = notification({ sample: messages.map(sampleRecord) });
          const { text, content } = sentTo(target, of).body;
          const all = text ?? content;
          expect(all.length).toBeLessThanOrEqual(target === DISCORD ? 2000 : 4000);
          expect(all.split('```')).toHaveLength(3);
          expect(all.isWellFormed()).toBe(true);
        }),
        { numRuns: 200 },
      );
    },
  );
});

test('a mail has one line as its subject, and its text has no terminal code', () => {
  const { subject, text } = mailText(summaryOf(hostile), null);
  expect(subject).not.toMatch(/[\r\n\u001b]/);
  expect(subject.length).toBeLessThan(130);
  expect(text).not.toMatch(/[\r\u001b]/);
  expect(text).not.toMatch(/^Bcc/m);
});

test.each([
  ['COUNT', 57, 50, '57 records, threshold 50'],
  ['ERROR_RATE', 0.123456789, 0.1, 'error rate 0.123457, threshold 0.1'],
  ['ERROR_RATE', null, 0.1, 'too few records, threshold 0.1'],
  ['ABSENCE', 0, null, '0 records'],
  ['NEW_ERROR', 2, null, '2 new groups of errors'],
  ['LLM_COST_USD', 12.5, 10, '12.5 USD, threshold 10'],
] as const)('%s of %s is told as it is measured', (measure, value, threshold, text) => {
  const { alert, event } = notification();
  const of = notification({ alert: { ...alert, measure, threshold }, event: { ...event!, value } });
  expect(summaryOf(of).facts[0]).toBe(text);
});

describe('webhook', () => {
  const at = '2026-11-27T04:00:00.000000Z';
  const body = webhookBody(notification(), LINKS, at);

  test('the body has event, alert, value, range, sample and links', () => {
    const { event, alert, sample, ...rest } = JSON.parse(body);
    expect(event).toEqual({ id: expect.any(String), kind: 'FIRED', at: '2026-11-27T03:15:00.000000Z' });
    expect(alert).toMatchObject({ name: 'Checkout errors', measure: 'COUNT', threshold: 50, window: 'PT5M' });
    expect(alert.search).toMatchObject({ name: 'Shop errors', query: 'level:error service:shop' });
    expect(rest).toEqual({ value: 57, range: notification().event!.range, links: LINKS });
    const { uid, ...record } = sampleRecord('payment failed');
    expect(sample).toEqual([{ id: expect.any(String), ...record }]);
    expect(decodeLogId(sample[0].id)).toEqual({ timestamp: record.timestamp, uid });
  });

  test('a trial says that it is one', () => {
    const trial = JSON.parse(webhookBody(notification({ event: null, sample: [] }), null, at));
    expect(trial).toMatchObject({ event: { id: null, kind: 'TRIAL', at }, value: null, range: null, links: null });
  });

  test.each([
    ['any text', 'a secret, of ASCII', (secret: string) => new Webhook(secret, { format: 'raw' })],
    ['base64', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', (secret: string) => new Webhook(secret)],
  ])('a library of Standard Webhooks verifies what a secret of %s signed', (_, secret, library) => {
    const headers = webhookHeaders('key', body, secret, Date.now());
    expect(headers['idempotency-key']).toBe('key');
    expect(library(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => library(secret).verify(`${body} `, headers)).toThrow('No matching signature found');
    const old = webhookHeaders('key', body, secret, Date.now() - 10 * 60_000);
    expect(() => library(secret).verify(body, old)).toThrow('Message timestamp too old');
  });

  test('the function of the documentation verifies it, and refuses what was changed or is old', async () => {
    const [, source] = /```js\n(.*?)```/s.exec(readFileSync('docs/alert-delivery.md', 'utf8'))!;
    const { isFromWeir } = await import(`data:text/javascript,${encodeURIComponent(source!)}`);
    for (const secret of ['a secret, ä', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']) {
      const headers = webhookHeaders('key', body, secret, Date.now());
      expect(isFromWeir(headers, Buffer.from(body), secret)).toBe(true);
      expect(isFromWeir({ ...headers, 'webhook-id': 'other' }, body, secret)).toBe(false);
      expect(isFromWeir(headers, `${body} `, secret)).toBe(false);
      expect(isFromWeir(headers, body, 'other')).toBe(false);
      expect(isFromWeir({}, body, secret)).toBe(false);
      expect(isFromWeir(webhookHeaders('key', body, secret, Date.now() - 301_000), body, secret)).toBe(false);
    }
  });

  test('without a secret there is no signature', () => {
    expect(webhookHeaders('key', body, null, 0)).not.toHaveProperty('webhook-signature');
  });
});
