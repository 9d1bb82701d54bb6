// `node --import` this: the clock of the process jumps by an hour back or forth every few seconds. Timers do not notice.
const EVERY_MS = 7000;
const JUMPS_MS = [0, 3_600_000, -3_600_000, 1_800_000];
const real = Date.now.bind(Date);
const startedAt = performance.now();
const jump = () => JUMPS_MS[Math.floor((performance.now() - startedAt) / EVERY_MS) % JUMPS_MS.length];

globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [real() + jump()] : args));
  }
  static now() {
    return real() + jump();
  }
};
