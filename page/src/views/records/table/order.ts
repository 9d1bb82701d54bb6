import { computed } from '@preact/signals';
import { go, urlValue } from '../../../state/url.ts';
import type { Order } from './chunks.ts';

const named = urlValue('order');
const liveNamed = urlValue('live');

/** New records come in at the top. */
export const isLive = computed(() => liveNamed.value === '1');

/** While records come in live, the newest are first: new ones appear at the top. */
export const order = computed<Order>(() =>
  named.value === 'oldest' && !isLive.value ? 'OLDEST_FIRST' : 'NEWEST_FIRST',
);

export const setOrder = (next: Order): void =>
  go({ order: next === 'OLDEST_FIRST' ? 'oldest' : undefined, ...(next === 'OLDEST_FIRST' && { live: undefined }) });
