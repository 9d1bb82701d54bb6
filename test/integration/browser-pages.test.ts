import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_MISSING, launchChromium } from '../support/chromium.ts';
import { bearer, makeKeyIn } from '../support/keys.ts';
import { needs } from '../support/needs.ts';
import { type OpenPage, openOtherPages, RESOLVER_RULES } from '../support/other-pages.ts';
import { ATTEMPTS, argumentOf } from '../support/page-attempts.ts';
import { createClient, startTestServer, type TestServer, until } from '../support/server.ts';
import { cookieOf, signIn } from '../support/sessions.ts';

/** The message of a record that is stored before a page tries to read it. */
const SECRET = 'only for the operator';
/** What a page can have read of this server. */
const OF_SERVER = new RegExp(`${SECRET}|"live"|# HELP `);
const WAIT_MS = 20_000;

/** The requests that this process has received and responded to. */
const responses: { request: IncomingMessage; response: ServerResponse }[] = [];
const keep = (message: unknown): void => void responses.push(message as (typeof responses)[number]);

/** What came of an attempt. */
interface Outcome {
  read: boolean;
  /** Responses with what was asked for. */
  served: number;
  stored: number;
}
type Outcomes = Record<string, Outcome>;

const isServed = ({ request: { method }, response: { statusCode } }: (typeof responses)[number]): boolean =>
  statusCode < 300 && method !== 'OPTIONS';

/** Runs every attempt of every page, those of a page in turn. */
async function attack(server: TestServer, pages: Record<string, OpenPage>, authorization?: string): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  await Promise.all(
    Object.entries(pages).map(async ([page, open]) => {
      for (const name of Object.keys(ATTEMPTS)) {
        outcomes[`${page}: ${name}`] = await run(server, open, name, authorization);
      }
    }),
  );
  return outcomes;
}

async function run(
  { database: { sql } }: TestServer,
  { frame, url }: OpenPage,
  name: string,
  authorization?: string,
): Promise<Outcome> {
  const attempt = ATTEMPTS[name]!;
  const tag = randomUUID();
  const text = await frame.evaluate(attempt.run, argumentOf(attempt, url, tag, authorization));
  const tagged = () => responses.filter(({ request }) => request.url!.includes(tag));
  // It must have reached the server: an attempt that the browser ends itself shows nothing of the server.
  await until(() => text !== '' || tagged().length > 0, WAIT_MS, `a request of ${frame.url()} by ${name}`);
  const [row] = await sql<{ stored: number }[]>`
    select count(*)::int as stored from system_logs where strpos(message, ${tag}) > 0`;
  return { read: OF_SERVER.test(text), served: tagged().filter(isServed).length, stored: row!.stored };
}

const succeeded = (outcomes: Outcomes): string[] =>
  Object.keys(outcomes).filter((name) => Object.values(outcomes[name]!).some(Boolean));

/** Attempts that had not the success that they can have. */
const failed = (outcomes: Outcomes): string[] =>
  Object.keys(outcomes).filter((name) => !outcomes[name]![attemptOf(name).succeeds]);

/** Sessions are for GraphQL, and not for forms. */
const mayActInSession = (name: string): boolean =>
  JSON.stringify(attemptOf(name).input).includes('/graphql') && !name.includes('form');

const attemptOf = (name: string) => ATTEMPTS[name.slice(name.indexOf(': ') + 2)]!;

describe('pages in Chromium', needs(CHROMIUM_MISSING), () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  beforeAll(async () => {
    browser = await launchChromium(RESOLVER_RULES);
    subscribe('http.server.response.finish', keep);
  });
  afterAll(async () => {
    unsubscribe('http.server.response.finish', keep);
    await browser.close();
  });

  async function openServer(settings: Record<string, string>) {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startTestServer(settings));
    const { key } = await makeKeyIn(server.database, ['READ', 'INGEST']);
    await until(async () => (await createClient(server.url, bearer(key)).ingest(`{"message":"${SECRET}"}`)).ok);
    const [context, ofServer] = [await browser.newContext(), await browser.newContext({ bypassCSP: true })];
    const contexts = [context, ofServer];
    const own = await ofServer.newPage();
    await own.goto(`${server.url}/healthz`);
    const { pages } = stack.use(await openOtherPages(context, server.url));
    stack.defer(async () => {
      for (const context of contexts) await context.close();
    });
    const opened = stack.move();
    return {
      ...{ server, key, pages, contexts },
      own: { 'its own page': { url: server.url, frame: own.mainFrame() } },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  }

  test('on loopback without AUTH, the page of the server can do everything, and every other page nothing', async () => {
    await using open = await openServer({});
    // The server asks browsers for no referrer, so they send a form of its pages without their origin. No page of it has one.
    expect(failed(await attack(open.server, open.own)).filter((name) => !name.includes(': form'))).toEqual([]);
    expect(succeeded(await attack(open.server, open.pages))).toEqual([]);
  });

  test('in a browser that has signed in, the page of the server alone acts in the session, though all origins are allowed', async () => {
    await using open = await openServer({ AUTH: 'required', ALLOW_ORIGINS: '*', ALLOW_HOSTS: '*' });
    const { server, key, pages, own, contexts } = open;
    const [name, value] = cookieOf(await signIn(server.url, key)).split('=') as [string, string];
    for (const context of contexts) {
      await context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: 'Strict' }]);
    }
    const ofOwn = await attack(server, own);
    expect(failed(ofOwn).filter((attempt) => mayActInSession(attempt))).toEqual([]);
    expect(succeeded(ofOwn).filter((attempt) => !mayActInSession(attempt))).toEqual([]);
    expect(succeeded(await attack(server, pages))).toEqual([]);
  });

  test('where keys are required, no page can do anything without a key, though all origins and hosts are allowed', async () => {
    await using closed = await openServer({ AUTH: 'required', ALLOW_ORIGINS: '*', ALLOW_HOSTS: '*' });
    const { server, key, pages, own } = closed;
    expect(succeeded(await attack(server, { ...own, ...pages }))).toEqual([]);
    const withKey = await attack(server, { ...own, ...pages }, bearer(key).authorization);
    expect(failed(withKey).filter((name) => attemptOf(name).sendsKey)).toEqual([]);
    expect(succeeded(withKey).filter((name) => !attemptOf(name).sendsKey)).toEqual([]);
  });

  test('with AUTH=off, a page can do what ALLOW_ORIGINS and ALLOW_HOSTS allow, so the attempts can succeed', async () => {
    await using open = await openServer({ AUTH: 'off', ALLOW_ORIGINS: '*', ALLOW_HOSTS: '*' });
    const outcomes = await attack(open.server, open.pages);
    expect(failed(outcomes).filter((name) => attemptOf(name).sendsOrigin)).toEqual([]);
  });
});
