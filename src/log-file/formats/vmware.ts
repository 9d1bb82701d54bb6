import { severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { plainDatedFormat, timedFormat } from './dated.ts';
import { attributesOf, numberOrNull, orNull } from './log-format.ts';

/** Of ESXi 8, the words are short, with syslog's priority: `In(166) Vpxa[170012]: `. */
const HEAD =
  /^ (?:(?<level>trivia|verbose|info|warning|error|panic)|(?<short>Em|Al|Cr|Er|Wa|No|In|Db)\(\d{1,3}\)) (?<program>[\w.-]{1,60})(?:\[(?<pid>[0-9A-Fa-f]{1,16})\])?:? ?/;
const ORIGINATOR = /^\[Originator@\d{1,9} /;
const DATA_CHARACTERS_MAX = 2_000;
const SHORT_LEVELS: Readonly<Record<string, string>> = {
  Em: 'emergency',
  Al: 'alert',
  Cr: 'critical',
  Er: 'error',
  Wa: 'warning',
  No: 'notice',
  In: 'info',
  Db: 'debug',
};
/** Before vSphere 6: ` [7F5A4B700 info 'Default' opID=x] message`, also with the time in the brackets. */
const OLD =
  /^ \[?(?<thread>[0-9A-Fa-f]{4,16}) (?<level>trivia|verbose|info|warning|error|panic) '(?<sub>[^']{1,200})'(?<data>[^\]]{0,300})\] ?(?<message>.*)$/s;

const severityOfVmware = (level: string): number | null =>
  severityOfWord(SHORT_LEVELS[level] ?? (level === 'trivia' ? 'trace' : level)) ?? null;

const pairsOf = (data: string): object =>
  Object.fromEntries(
    data
      .split(' ')
      .filter((pair) => pair.includes('='))
      .map((pair) => pair.split(/=(.*)/s)),
  );

/** vpxd, hostd and others of VMware: `2024-05-06T07:08:09.193Z info vpxd[45715] [Originator@6876 sub=vpxLro opID=7e12] message`. */
export const vmwareFormat = timedFormat('vmware', { besides: plainDatedFormat }, (rest) => {
  const head = HEAD.exec(rest);
  if (!head) return ofOld(rest);
  const { level, short, program, pid } = head.groups!;
  const from = head[0].length;
  if (short === undefined && (pid === undefined || rest[from] !== '[')) return undefined;
  const origin = ORIGINATOR.exec(rest.slice(from));
  const told = rest.slice(from + (origin?.[0].length ?? 0));
  const end = origin ? closingBracket(told) : -1;
  return {
    severityNumber: severityOfVmware((level ?? short)!),
    message: told.slice(end + 1).trim(),
    component: orNull(program),
    attributes: attributesOf({ pid: numberOrNull(pid) ?? pid, ...pairsOf(told.slice(0, Math.max(end, 0))) }),
  };
});

function ofOld(rest: string): Draft | undefined {
  const found = OLD.exec(rest)?.groups as Record<'thread' | 'level' | 'sub' | 'data' | 'message', string> | undefined;
  return (
    found && {
      severityNumber: severityOfVmware(found.level),
      message: found.message.trim(),
      attributes: { thread: found.thread, sub: found.sub, ...pairsOf(found.data) },
    }
  );
}

/** Where the bracket closes that a text is in: values have brackets of their own. */
function closingBracket(text: string): number {
  for (let at = 0, depth = 0; at < Math.min(text.length, DATA_CHARACTERS_MAX); at++) {
    if (text[at] === '[') depth++;
    else if (text[at] === ']' && depth-- === 0) return at;
  }
  return 0;
}
