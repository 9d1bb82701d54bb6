import TransportStream from 'winston-transport';
import { contextFields } from './context.ts';
import { createCore } from './sender/core.ts';
import { closeAtExit } from './sender/exit.ts';
import { type SenderOptions, settingsOf } from './sender/options.ts';
import { recordLine } from './sender/record-line.ts';

export type WeirTransportOptions = SenderOptions & TransportStream.TransportStreamOptions;

/** The level's own name: a format may have coloured `info.level`. */
const LEVEL = Symbol.for('level');
const URGENT = /^(?:err|fatal|crit|alert|emerg)/i;

/**
 * The transport of winston: `createLogger({ transports: [new WeirTransport({ url, key })] })`. A record has the fields of what
 * the logger's formats made, and of its context. `logger.end()` sends what waits; so does the end of the process.
 */
export class WeirTransport extends TransportStream {
  readonly #core;

  constructor(options: WeirTransportOptions = {}) {
    super(options);
    this.#core = closeAtExit(createCore(settingsOf(options), options.onProblem));
  }

  override log(info: Record<string | symbol, unknown>, next: () => void): void {
    const { level: shownLevel, message, timestamp, ...fields } = info;
    const level = info[LEVEL] ?? shownLevel;
    const time = timestamp ?? Date.now();
    this.#core.write(recordLine({ level, time }, [contextFields(), fields], message), URGENT.test(String(level)));
    next();
  }

  /** As `logger.end()` calls it. */
  override _final(done: (error?: Error | null) => void): void {
    this.#core.close().then(() => done(), done);
  }

  flush(): Promise<void> {
    return this.#core.flush();
  }
}
