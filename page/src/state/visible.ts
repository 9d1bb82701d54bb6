import { signal } from '@preact/signals';

/** Whether a person can see this tab. What asks again and again waits while nobody can. */
export const visible = signal(document.visibilityState === 'visible');

document.addEventListener('visibilitychange', () => {
  visible.value = document.visibilityState === 'visible';
});
