import { severityOf } from '../../../log/level.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, orNull } from '../log-format.ts';

const LINE =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)\.(?<fraction>\d{3})(?<offset>Z|[+-]\d{4}) (?<level>[FEWI]|D[1-5]?) +(?<component>[A-Z_]{1,20}|-) +\[(?<context>[^\]]+)\] ?(?<message>.*)$/s;
const LEVELS: Readonly<Record<string, 'CRITICAL' | 'ERROR' | 'WARNING' | 'INFO' | 'DEBUG'>> = {
  F: 'CRITICAL',
  E: 'ERROR',
  W: 'WARNING',
  I: 'INFO',
  D: 'DEBUG',
};
/** Slow operations end so. */
const DURATION = / (\d{1,12})ms$/;

/** MongoDB 3.0 to 4.2: `2020-01-01T10:00:00.123+0000 I  NETWORK  [conn1] message`. Later versions write JSON. */
export const mongodbFormat: LogFormat = {
  name: 'mongodb',
  first: /\d/,
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'component' | 'context' | 'message'>(LINE, line);
    if (!groups) return undefined;
    const timestamp = clock.read(groups);
    if (timestamp === undefined) return undefined;
    const { level, component, context, message } = groups;
    const duration = DURATION.exec(message.slice(-20))?.[1];
    return {
      timestamp,
      severityNumber: severityOf(LEVELS[level[0]!]!),
      message: message.trim(),
      component: orNull(component),
      durationMs: duration === undefined ? null : Number(duration),
      attributes: attributesOf({ context }),
    };
  },
};
