import { setTimeout as sleep } from 'node:timers/promises';

/** The result of `promise`. @throws what `late` makes, if `promise` takes longer than `ms`; the work itself goes on */
export async function withTimeLimit<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether `promise` is fulfilled within `ms`. Never rejects: if `promise` rejects, the result is false. */
export const isWithin = (promise: Promise<unknown>, ms: number): Promise<boolean> =>
  withTimeLimit(promise, ms, () => new Error(`not done within ${ms} ms`)).then(
    () => true,
    () => false,
  );

interface Polling {
  everyMs: number;
  withinMs: number;
}

/** Asks again and again until the condition is true, or the time is over. @returns whether it became true */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { everyMs, withinMs }: Polling,
): Promise<boolean> {
  for (const deadline = performance.now() + withinMs; ; await sleep(everyMs)) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
  }
}
