import { computed } from '@preact/signals';
import { clocksOf } from '../text/clock.ts';
import { isTimeZone, timeText } from '../text/time.ts';
import { urlValue } from './url.ts';

const named = urlValue('zone');

const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The IANA time zone in which times are shown and bars begin: that of this browser, unless the URL says `utc` or another one. */
export const timeZone = computed<string>(() => {
  const name = named.value;
  if (name === undefined || name === 'local') return ownZone();
  if (name === 'utc') return 'UTC';
  return isTimeZone(name) ? name : ownZone();
});

/** How far the clocks of that zone are ahead of UTC. */
export const offset = computed(() => clocksOf(timeZone.value));

export const shownTime = (time: string): string => timeText(time, timeZone.value);
