import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Timestamp } from '../../../src/log/time.ts';
import { shift } from '../../../src/log/time.ts';
import { accessibilityFindings } from '../../support/accessible.ts';
import { makeAlert, makeNotifier, makeRound, minuteAgo, NEVER } from '../../support/alerts.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../../support/keys.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { type Receiver, startReceiver } from '../../support/receivers.ts';
import { insert, record } from '../../support/records.ts';

const failed = (timestamp: Timestamp, service: string) =>
  record({ timestamp, service, severityNumber: 17, message: 'no answer from the bank' });

/** Five in each of these minutes. */
const failures = (service: string, minutes: readonly number[]) =>
  minutes.flatMap((minute) =>
    Array.from({ length: 5 }, (_, second) => failed(shift(minuteAgo(minute), second * 1000), service)),
  );

describe('alerts', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: KeyServer;
  let hook: Receiver;
  let batch = 100;
  beforeAll(async () => {
    server = await startKeyServer({ ALERT_ALLOW_PRIVATE: '127.0.0.1' });
    hook = await startReceiver();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await hook[Symbol.asyncDispose]();
  });

  const sql = () => server.database.sql;
  const openAs = (key: string, path: string, more: object = {}) =>
    openPage(browser, server.url, path, { extraHTTPHeaders: bearer(key), ...more });
  const openAsAdmin = (path: string, more: object = {}) => openAs(server.admin.key, path, more);
  const stored = (service: string, minutes: readonly number[]) => insert(sql(), failures(service, minutes), ++batch);

  /** What the evaluator does within a minute: evaluates an alert from a past minute on. */
  async function evaluate(name: string, fromMinutesAgo: number): Promise<void> {
    const from = minuteAgo(fromMinutesAgo);
    await sql()`
      update alert_states set next_minute = ${from}::timestamptz
      where alert_id = (select id from alerts where name = ${name})`;
    await makeRound(sql())(minuteAgo(0), NEVER);
  }

  const searchNames = async (): Promise<string[]> =>
    (await sql()<{ name: string }[]>`select name from saved_searches order by name`).map(({ name }) => name);

  test('one is made from the present search, with a preview of when it would have fired, and then fires', async () => {
    await stored('billing', [40, 41, 42]);
    await using opened = await openAsAdmin('/?q=service%3Abilling+level%3A%3E%3Derror&last=1h&zone=utc');
    const { page } = opened;
    await page.getByRole('button', { name: 'Alert me' }).click();
    const form = page.getByRole('dialog', { name: 'Alert me' });
    await form.getByText('Last hour: would have fired once. 1 firing of').waitFor();
    await form.getByLabel('Fires at, records').fill('1000');
    await form.getByText('would not have fired. The nearest to firing was 15 records.').waitFor();
    await form.getByLabel('Fires at, records').fill('10');
    await form.getByText('would have fired once').waitFor();
    expect(await form.locator('.preview-firing').count()).toBe(1);
    await form.getByRole('textbox', { name: 'Name' }).fill('billing fails');
    await form.getByRole('button', { name: 'New notifier' }).click();
    await page.keyboard.type('on call');
    const notifier = page.getByRole('dialog', { name: 'New notifier' });
    await notifier.getByLabel('URL').fill(`${hook.url}/on-call`);
    await page.keyboard.press('Enter');
    await notifier.waitFor({ state: 'detached' });
    expect(await form.getByRole('checkbox', { name: /^on call/ }).isChecked()).toBe(true);
    expect(await form.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('billing fails');
    await form.getByRole('button', { name: 'Save the alert' }).click();

    const aside = page.getByRole('complementary', { name: 'Alert' });
    await aside.getByRole('heading', { name: 'billing fails' }).waitFor();
    await aside.getByText('10 records or more in 5 min').waitFor();
    await aside.getByText('on call').waitFor();
    expect(await searchNames()).toEqual(['billing fails']);

    await stored('billing', [2, 3, 4]);
    await evaluate('billing fails', 4);
    await aside.getByText('firing', { exact: true }).waitFor();
    await page.getByRole('navigation', { name: 'Views' }).getByText('1 firing').waitFor();
    const events = aside.getByRole('list', { name: 'Events' });
    await events.getByText('fired', { exact: true }).waitFor();
    await events
      .getByText(/^on call: delivered/)
      .first()
      .waitFor();
    expect(hook.received.map(({ path }) => path)).toContain('/on-call');
    expect(await events.getByText('no answer from the bank').count()).toBeGreaterThan(5);
    await events.getByRole('link', { name: 'records of this window' }).click();
    await page.getByRole('figure', { name: 'Records over time' }).getByText('10 records').first().waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('service:billing level:>=error');
    await page.goBack();
    await events.getByText('no answer from the bank').first().click();
    await page.getByText('Surroundings').first().waitFor();
  });

  test('it is silenced for an hour, disabled, changed, and deleted after a question', async () => {
    const { id } = await makeNotifier(sql(), 'hook', hook.url);
    await makeAlert(sql(), { name: 'changed', query: 'service:shop', notifierIds: [id] });
    await using opened = await openAsAdmin('/?view=alerts');
    const { page } = opened;
    await page.getByRole('link', { name: /changed/ }).click();
    const aside = page.getByRole('complementary', { name: 'Alert' });
    await aside.getByRole('button', { name: 'Silence for an hour' }).click();
    await aside.getByText('Nothing is sent for an hour.').waitFor();
    await aside.getByText('Silenced until').waitFor();
    await aside.getByRole('button', { name: 'No longer silent' }).click();
    await aside.getByText('Silenced until').waitFor({ state: 'detached' });

    await aside.getByRole('button', { name: 'Disable' }).click();
    await aside.getByText('off', { exact: true }).waitFor();
    await aside.getByRole('button', { name: 'Enable' }).click();
    await aside.getByText('off', { exact: true }).waitFor({ state: 'detached' });

    await aside.getByRole('button', { name: 'Change' }).click();
    const form = page.getByRole('dialog', { name: 'Change changed' });
    expect(await form.getByRole('checkbox', { name: /^hook/ }).isChecked()).toBe(true);
    await form.getByLabel('Measure').selectOption('Error rate');
    await form.getByLabel('Fires at, percent').fill('12.5');
    await form.getByLabel('Window').fill('15 minutes');
    await form.getByRole('button', { name: 'Save the alert' }).click();
    await aside.getByText('12.5% errors or more in 15 min').waitFor();

    await aside.getByRole('button', { name: 'Delete' }).click();
    const question = page.getByRole('dialog', { name: 'Delete the alert changed?' });
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await aside.getByRole('button', { name: 'Delete' }).click();
    await question.getByRole('button', { name: 'Delete changed' }).click();
    await aside.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /changed/ }).waitFor({ state: 'detached' });
  });

  test('a trial is sent to its notifiers, and says what came of it; without one, nothing can be sent', async () => {
    await using taking = await startReceiver();
    await using failing = await startReceiver((response) => void response.writeHead(500).end());
    const notifierIds = [
      (await makeNotifier(sql(), 'taking', taking.url)).id,
      (await makeNotifier(sql(), 'failing', failing.url)).id,
    ];
    await makeAlert(sql(), { name: 'untold' });
    await makeAlert(sql(), { name: 'told', query: 'service:told', notifierIds });
    await using opened = await openAsAdmin('/?view=alerts');
    const { page } = opened;
    const trial = page.getByRole('button', { name: 'Send a trial' });
    await page.getByRole('link', { name: /untold/ }).click();
    await page.getByText('nobody', { exact: true }).waitFor();
    expect(await trial.isDisabled()).toBe(true);
    await page.getByRole('link', { name: /^\S+ told/ }).click();
    await page.getByText('failing, taking', { exact: true }).waitFor();
    await trial.click();
    const said = page.getByRole('status');
    await said.getByText('taking: delivered.').waitFor();
    await said.getByText(/failing: not delivered, .*500/).waitFor();
    expect([taking.received.length, failing.received.length]).toEqual([1, 1]);

    await stored('told', [2, 3, 4]);
    await evaluate('told', 4);
    const events = page.getByRole('list', { name: 'Events' });
    await events
      .getByText(/^taking: delivered/)
      .first()
      .waitFor();
    await events
      .getByText(/^failing: failed, .*500.*; \d+ attempts?, next attempt/)
      .first()
      .waitFor();
    await page
      .getByRole('list', { name: 'Notifiers' })
      .getByText(/last attempt failed: .*500/)
      .waitFor();
  });

  test('an error is shown at its field, and leaves no saved search behind', async () => {
    await makeAlert(sql(), { name: 'taken', query: 'service:x' });
    const before = await searchNames();
    await using opened = await openAsAdmin('/?q=service%3Anew');
    const { page } = opened;
    await page.getByRole('button', { name: 'Alert me' }).click();
    const form = page.getByRole('dialog', { name: 'Alert me' });
    await form.getByLabel('Window').fill('90s');
    await form.getByText(/^expected whole minutes, PT1M to P7D/).waitFor();
    await form.getByRole('textbox', { name: 'Name' }).fill('another name');
    await form.getByRole('button', { name: 'Save the alert' }).click();
    await page.locator('[name=window][aria-invalid=true]:focus').waitFor();
    await form.getByLabel('Window').fill('5m');
    await form.getByText('would not have fired').waitFor();
    await form.getByRole('textbox', { name: 'Name' }).fill('taken');
    await form.getByRole('button', { name: 'Save the alert' }).click();
    await page.locator('[name=name][aria-invalid=true]:focus').waitFor();
    expect(await searchNames()).toEqual(before);
    opened.takeComplaints();
  });

  test('a notifier is changed without its secrets, and deleted where no alert uses it', async () => {
    const { id } = await makeNotifier(sql(), 'old hook', hook.url);
    await makeAlert(sql(), { name: 'uses it', notifierIds: [id] });
    await using opened = await openAsAdmin('/?view=alerts');
    const { page } = opened;
    const targetOf = async () => (await sql()`select name, target, secret from notifiers where id = ${id}`)[0];
    const { target, secret } = (await targetOf())!;
    await page.getByRole('button', { name: 'Change the notifier old hook' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change old hook' });
    await dialog.getByLabel('Name').fill('new hook');
    await dialog.getByRole('button', { name: 'Save the notifier' }).click();
    await page.getByRole('button', { name: 'Delete the notifier new hook' }).waitFor();
    expect(await targetOf()).toEqual({ name: 'new hook', target, secret });
    expect(await page.content()).not.toContain(secret);

    await page.getByRole('button', { name: 'Delete the notifier new hook' }).click();
    const question = page.getByRole('dialog', { name: 'Delete the notifier new hook?' });
    await question.getByRole('button', { name: 'Delete new hook' }).click();
    await question
      .getByRole('alert')
      .getByText(/uses it/)
      .waitFor();
  });

  test('READ sees alerts and changes nothing; a key with a scope is told why it sees none', async () => {
    await makeAlert(sql(), { name: 'seen by all' });
    const reader = await makeKeyIn(server.database, ['READ']);
    await using read = await openAs(reader.key, '/');
    await read.page.getByRole('button', { name: 'Export' }).waitFor();
    expect(await read.page.getByRole('button', { name: 'Alert me' }).count()).toBe(0);
    await read.page.keyboard.press('g');
    await read.page.keyboard.press('a');
    await read.page.getByRole('link', { name: /seen by all/ }).click();
    await read.page.getByText('It has not fired in the last 90 days.').waitFor();
    await read.page.getByText('A key with the right ADMIN makes and changes alerts').waitFor();
    expect(await read.page.getByRole('main').getByRole('button').count()).toBe(0);

    const scoped = await makeKeyIn(server.database, ['READ'], { scope: 'service:shop' });
    await using seen = await openAs(scoped.key, '/?view=alerts');
    await seen.page.getByText('Alerts is not for this key').waitFor();
    await seen.page.getByText('It is about all records, and the key has a scope.').waitFor();
    const names = seen.page.getByRole('navigation', { name: 'Views' }).getByRole('link');
    expect(await names.allInnerTexts()).not.toContain('Alerts');
  });

  test('all of it fits into 360 px and has no serious finding of axe-core, in both themes', async () => {
    const { id } = await makeNotifier(sql(), `a long name ${'x'.repeat(80)}`, hook.url);
    await stored('narrow', [2, 3, 4]);
    await makeAlert(sql(), { name: `narrow ${'y'.repeat(80)}`, query: 'service:narrow', notifierIds: [id] });
    await evaluate(`narrow ${'y'.repeat(80)}`, 4);
    const check = async (page: Page) => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(await accessibilityFindings(page)).toEqual([]);
    };
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openAsAdmin('/?view=alerts', { colorScheme, viewport: { width: 360, height: 700 } });
      const { page } = opened;
      await page.getByRole('button', { name: /^Change the notifier a long name/ }).waitFor();
      await check(page);
      await page.getByRole('link', { name: /narrow/ }).click();
      await page.getByRole('list', { name: 'Events' }).getByText('fired', { exact: true }).waitFor();
      await check(page);
      await opened.open('/?q=service%3Anarrow');
      await page.getByRole('button', { name: 'Alert me' }).click();
      await page.getByText(/would have fired/).waitFor();
      await check(page);
      await page.getByRole('button', { name: 'New notifier' }).click();
      await page.getByRole('dialog', { name: 'New notifier' }).waitFor();
      await check(page);
    }
  });
});
