import type { JsonObject } from '../../../log/json.ts';
import { severityOfWord } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull, TIME } from '../log-format.ts';
import { readLogfmt, unquoted } from '../logfmt-pairs.ts';

/** glog writes a year since 0.5. */
const LINE = new RegExp(
  String.raw`^(?<level>[IWEF])(?<year>\d{4})?(?<month>\d\d)(?<day>\d\d) ${TIME} +(?<thread>\d+) (?<file>[^\s:\]]+):(?<line>\d+)\] ?(?<rest>.*)$`,
  's',
);
const STRUCTURED = /^("(?:[^"\\]|\\.)*")(?: +(\S.*))?$/s;

/** glog and klog, of Kubernetes: `I0101 10:00:00.123456    1234 file.go:123] message`, also `"message" key="value"`. */
export const klogFormat: LogFormat = {
  name: 'klog',
  first: /[IWEF]/,
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'rest' | 'file'>(LINE, line);
    if (!groups) return undefined;
    const timestamp = clock.read(groups);
    if (timestamp === undefined) return undefined;
    const { level, thread, file, line: number, rest } = groups;
    const inner = readRest(rest);
    return {
      ...inner,
      timestamp,
      severityNumber: severityOfWord(level) ?? null,
      component: file,
      attributes: {
        ...attributesOf({ thread: numberOrNull(thread), line: numberOrNull(number) }),
        ...(inner.attributes as JsonObject | undefined),
      },
    };
  },
};

function readRest(rest: string): Draft {
  const [, quoted, pairs] = STRUCTURED.exec(rest) ?? [];
  const read = quoted === undefined ? undefined : readLogfmt(pairs ?? '');
  if (!read || read.bare > 0) return { message: rest.trim() };
  return { ...draftFromJson(read.object), message: unquoted(quoted!) };
}
