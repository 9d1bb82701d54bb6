import { anyLine, groupsOf, type LogFormat } from '../log-format.ts';

const START =
  /^(?:Start-Date|Log started): (?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) {1,2}(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)$/;

/** `history.log` and `term.log` of apt: one record for each run. */
export const aptHistoryFormat: LogFormat = {
  name: 'apt-history',
  first: /[SL]/,
  continues: anyLine,
  parse(line, clock) {
    const groups = line.length < 60 ? groupsOf(START, line.trimEnd()) : undefined;
    const timestamp = groups && clock.read(groups);
    return timestamp === undefined ? undefined : { timestamp, message: line, component: 'apt' };
  },
};
