import { signal } from '@preact/signals';

const media = matchMedia('(min-width: 900px)');

/** Whether there is room at the side. */
export const isWide = signal(media.matches);
media.addEventListener('change', () => {
  isWide.value = media.matches;
});
