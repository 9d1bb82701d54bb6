import { severityOfWord } from '../../log/level.ts';
import { timeOfLine } from './line-time.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull } from './log-format.ts';

/** `INFO  [main] `, `[ERROR] `, `E `, `ERROR - `, `[WARN] [`: what stands before the time. */
const HEAD =
  /^ {0,4}[[<]?(?<level>[A-Za-z]{1,11})[ \]>:,|-]{1,12}(?:\[(?<thread>[^[\]]{1,100})\] {1,4}(?:- )?)?(?=[[\d])/;
/** A logger after the time, also with a thread. */
const LOGGER =
  /^(?:\[(?<ownThread>[^\]]{1,200})\] {1,4}(?<logger>[\w$]+(?:\.[\w$]+)*)|(?<logger>[\w$]+(?:\.[\w$]+)+))(?: {0,4}-|:) /;
const GAP = /^\]?(?: ?[:,|]| -+>?)?[ \t]*/;
/** The place in the source, as Cassandra writes it. */
const SOURCE =
  /^(?<file>[\w$]{1,100}\.(?:java|kt|scala|py|go|rs|js|ts|c|cc|cpp))(?::(?<line>\d{1,7}) -| \(line (?<line>\d{1,7})\)) /;

/** A level, then a time: Cassandra's `INFO  [main] 2024-05-06 07:08:09,123 A.java:1 - message`, `[ERROR] 2024-05-06 07:08:09 message`. */
export const levelFirstFormat: LogFormat = {
  name: 'level-first',
  continues: anyLine,
  first: /[ [<A-Za-z]/,
  parse(line, clock) {
    const m = HEAD.exec(line);
    const { level, thread } = m?.groups ?? {};
    const severityNumber = level === undefined ? undefined : severityOfWord(level);
    if (!m || severityNumber === undefined) return undefined;
    const time = timeOfLine(line.slice(m[0].length), clock);
    if (!time || time.isAlone) return undefined;
    const rest = time.rest.slice(GAP.exec(time.rest)![0].length);
    const source = SOURCE.exec(rest);
    const named = source ? null : LOGGER.exec(rest);
    return {
      timestamp: time.timestamp,
      severityNumber,
      message: rest.slice((source ?? named)?.[0].length ?? 0).trim(),
      component: named?.groups?.logger ?? null,
      attributes: attributesOf({
        thread: thread ?? named?.groups?.ownThread,
        file: source?.groups?.file,
        line: numberOrNull(source?.groups?.line),
      }),
    };
  },
};
