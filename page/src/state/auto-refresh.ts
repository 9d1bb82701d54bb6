import { computed, effect } from '@preact/signals';
import { askAgain } from './ask-again.ts';
import { refresh } from './search.ts';
import { go, urlValue } from './url.ts';

/** Seconds between two refreshes that one can choose. 0: off. */
export const REFRESH_CHOICES: readonly number[] = [0, 5, 30, 60];

const inUrl = urlValue('refresh');
const record = urlValue('record');
/** Another number in the URL is off: a link must not make a page ask all the time. */
export const refreshEvery = computed(() => REFRESH_CHOICES.find((choice) => String(choice) === inUrl.value) ?? 0);

export const chooseRefresh = (seconds: number): void => go({ refresh: seconds === 0 ? undefined : String(seconds) });

/** Refreshes while no record is open: a refresh would disturb its reader. */
effect(() => {
  const seconds = refreshEvery.value;
  return seconds === 0 ? undefined : askAgain(seconds, () => record.peek() === undefined, refresh);
});
