import { severityOfWord } from '../../log/level.ts';
import { attributesOf, type LogFormat, noLine, numberOrNull } from './log-format.ts';

const TIME =
  '(?:(?:(?<year>\\d{4})-)?(?<month>\\d{2})-(?<day>\\d{2}) (?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})\\.(?<fraction>\\d+) +)';
/** `03-17 16:13:38.811  1702  2395 D Tag: message`; some versions write the user before the process. */
const THREADTIME = new RegExp(
  `^${TIME}(?:\\S+ +)?(?<pid>\\d+) +(?<tid>\\d+) (?<level>[VDIWEFA]) (?<tag>.*?):(?: (?<message>.*))?$`,
  's',
);
/** `03-17 16:13:38.811 D/Tag( 1702): message`, and the same without a time. */
const TIME_OR_BRIEF = new RegExp(
  `^${TIME}?(?<level>[VDIWEFA])/(?<tag>.*?)\\( *(?<pid>\\d+)\\):(?: (?<message>.*))?$`,
  's',
);

/** Android's logcat: threadtime, time and brief. */
export const logcatFormat: LogFormat = {
  name: 'logcat',
  continues: noLine,
  parse(line, clock) {
    const { month, day, hour, minute, second, ...m } =
      (THREADTIME.exec(line) ?? TIME_OR_BRIEF.exec(line))?.groups ?? {};
    if (m.level === undefined) return undefined;
    const timestamp =
      month && day && hour && minute && second
        ? clock.read({ year: m.year, month, day, hour, minute, second, fraction: m.fraction })
        : null;
    if (timestamp === undefined) return undefined;
    return {
      timestamp,
      severityNumber: severityOfWord(m.level) ?? null,
      message: (m.message ?? '').trim(),
      component: m.tag?.trim() || null,
      attributes: attributesOf({ pid: numberOrNull(m.pid), tid: numberOrNull(m.tid) }),
    };
  },
};
