import type { Registry } from '../registry.ts';

const EVERY_MS = 100;

/** Observes how late a timer runs. A histogram, not the largest delay since the last scrape: two scrapers must not disturb each other. */
export function watchLoop(registry: Registry): Disposable {
  const delay = registry.histogram('weir_event_loop_delay_seconds');
  let due = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    delay.observe(Math.max(0, now - due) / 1000);
    due = now + EVERY_MS;
  }, EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
