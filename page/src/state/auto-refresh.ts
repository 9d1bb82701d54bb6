import { computed, effect } from '@preact/signals';
import { asking } from '../api/ask.ts';
import { refresh } from './search.ts';
import { go, urlValue } from './url.ts';

/** Seconds between two refreshes that one can choose. 0: off. */
export const REFRESH_CHOICES: readonly number[] = [0, 5, 30, 60];

const inUrl = urlValue('refresh');
const record = urlValue('record');
/** Another number in the URL is off: a link must not make a page ask all the time. */
export const refreshEvery = computed(() => REFRESH_CHOICES.find((choice) => String(choice) === inUrl.value) ?? 0);

export const chooseRefresh = (seconds: number): void => go({ refresh: seconds === 0 ? undefined : String(seconds) });

/**
 * Refreshes while the page is seen and no record is open: a refresh would disturb its reader. Where answers take longer than the
 * choice, it waits for them: asking again would cancel them, and none would ever be shown.
 */
effect(() => {
  const seconds = refreshEvery.value;
  if (seconds === 0) return;
  let due = Date.now() + seconds * 1000;
  const tick = (): void => {
    if (document.hidden || record.peek() !== undefined || asking.peek() > 0 || Date.now() < due) return;
    due = Date.now() + seconds * 1000;
    refresh();
  };
  const timer = setInterval(tick, 250);
  document.addEventListener('visibilitychange', tick);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  };
});
