import { severityOfWord } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import type { Clock } from '../clock.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, TIME } from '../log-format.ts';

/** Since 3.7. */
const LINE = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) ${TIME}(?<offset>[+-]\d\d:\d\d)? \[(?<level>[a-z]{4,9})\] <(?<process>\d{1,10}(?:\.\d{1,10}){1,3})> ?(?<message>.*)$`,
  's',
);
/** Before 3.7, and in reports of Erlang. The message is on the lines after it. */
const HEAD =
  /^=(?<level>INFO|WARNING|ERROR|CRASH|SUPERVISOR|PROGRESS) REPORT==== {1,2}(?<day>\d{1,2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{4})::(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))? ===$/;
const LEVELS: Readonly<Record<string, string>> = { CRASH: 'ERROR', SUPERVISOR: 'ERROR', PROGRESS: 'INFO' };

/** RabbitMQ: `2024-01-01 10:00:00.123456+00:00 [warning] <0.123.0> message`, and the reports of Erlang. */
export const rabbitmqFormat: LogFormat = {
  name: 'rabbitmq',
  first: /[\d=]/,
  continues: anyLine,
  parse: (line, clock) => parseLine(line, clock) ?? parseHead(line, clock),
  inFile: () => ({
    ...rabbitmqFormat,
    /** The first line after a report's head is where its message begins. */
    adds(line, draft) {
      if (draft.message !== '' || line === '' || line.startsWith('=') || LINE.test(line)) return false;
      draft.message = line;
      return true;
    },
  }),
};

function parseLine(line: string, clock: Clock): Draft | undefined {
  const groups = groupsOf<'level' | 'process' | 'message'>(LINE, line);
  const severityNumber = groups && severityOfWord(groups.level);
  const timestamp = groups && clock.read(groups);
  if (severityNumber === undefined || timestamp === undefined) return undefined;
  const { process, message } = groups!;
  return { timestamp, severityNumber, message: message.trim(), attributes: attributesOf({ process }) };
}

function parseHead(line: string, clock: Clock): Draft | undefined {
  const groups = line.length < 100 ? groupsOf<'level'>(HEAD, line) : undefined;
  const timestamp = groups && clock.read(groups);
  if (!groups || timestamp === undefined) return undefined;
  const { level } = groups;
  return { timestamp, severityNumber: severityOfWord(LEVELS[level] ?? level) ?? null, message: '' };
}
