import { severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { timedFormat } from './dated.ts';
import { attributesOf, type LogFormat, numberOrNull } from './log-format.ts';

/** Types by their first letter; `Default` and `Debug` by two. */
const TYPES: Readonly<Record<string, string>> = {
  De: 'debug',
  Db: 'debug',
  Df: 'notice',
  I: 'info',
  E: 'error',
  F: 'critical',
  A: 'info',
};
const severityOfType = (type: string): number | null =>
  severityOfWord((type === 'Default' ? TYPES.Df : TYPES[type.slice(0, 2)]) ?? TYPES[type[0]!] ?? '') ?? null;

const TOLD = String.raw`(?:\((?<library>[^()]{1,200})\) )?(?:\[(?<subsystem>[\w.-]{1,200}):(?<category>[^\]]{0,200})\] )?(?<message>.*)$`;
const FULL = new RegExp(
  String.raw`^ ? ?0x[0-9a-f]{1,16} {1,20}(?<type>Default|Info|Debug|Error|Fault|Activity) {1,20}0x[0-9a-f]{1,16} {1,24}(?<pid>\d{1,10}) {1,12}\d{1,10} {1,8}(?<process>[^:]{1,100}): ${TOLD}`,
  's',
);
const COMPACT = new RegExp(
  String.raw`^ (?<type>Df|Db|[IEFA]) {1,2}(?<process>[^[\]]{1,100})\[(?<pid>\d{1,10}):(?<tid>[0-9a-f]{1,16})\] ${TOLD}`,
  's',
);
const HEAD = /^Timestamp {2,}(?:Thread|Ty) |^Filtering the log data using/;

/** What `log show` and `log stream` of macOS write, in the styles `default` and `compact`. */
const unified: LogFormat = {
  ...timedFormat('apple-unified', {}, (rest) => {
    const found = (FULL.exec(rest) ?? COMPACT.exec(rest))?.groups;
    return (
      found && {
        severityNumber: severityOfType(found.type!),
        message: found.message!.trim(),
        component: found.process!,
        attributes: attributesOf({
          pid: numberOrNull(found.pid),
          tid: found.tid,
          library: found.library,
          subsystem: found.subsystem,
          category: found.category || null,
        }),
      }
    );
  }),
  isHead: (line) => HEAD.test(line),
};

/** `2024-05-06 07:08:09.123 MyApp[123:4567] message`. */
const nslog = timedFormat('nslog', {}, (rest): Draft | undefined => {
  const found = /^ (?<process>[A-Za-z_][\w. -]{0,80})\[(?<pid>\d{1,10}):(?<tid>[0-9a-f]{1,16})\] (?<message>.*)$/s.exec(
    rest,
  )?.groups;
  return (
    found && {
      message: found.message!.trim(),
      component: found.process!,
      attributes: attributesOf({ pid: numberOrNull(found.pid), tid: found.tid }),
    }
  );
});

/** swift-log: `2024-05-06T07:08:09+0000 info label : key=value [Module] message`. */
const swift = timedFormat('swift-log', {}, (rest) => {
  const found =
    /^ (?<level>trace|debug|info|notice|warning|error|critical) (?<label>\S{1,200}) :(?<metadata>(?: [\w.-]{1,60}=\S{0,200}){0,20})(?: \[(?<module>\w{1,100})\])? (?<message>.*)$/s.exec(
      rest,
    )?.groups;
  return (
    found && {
      severityNumber: severityOfWord(found.level!)!,
      message: found.message!.trim(),
      component: found.label!,
      attributes: {
        ...Object.fromEntries((found.metadata!.match(/\S+/g) ?? []).map((pair) => pair.split(/=(.*)/s))),
        ...attributesOf({ module: found.module }),
      },
    }
  );
});

export const APPLE_FORMATS: readonly LogFormat[] = [unified, nslog, swift];
