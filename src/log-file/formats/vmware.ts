import { severityOfWord } from '../../log/level.ts';
import { plainDatedFormat, timedFormat } from './dated.ts';
import { attributesOf, numberOrNull, orNull } from './log-format.ts';

const LINE =
  /^ (?<level>trivia|verbose|info|warning|error|panic) (?<program>[\w.-]{1,60})\[(?<pid>[0-9A-Fa-f]{1,16})\] ?\[Originator@\d{1,9} (?<data>(?:[^[\]]|\[[^[\]]{0,200}\]){0,1000})\] ?(?<message>.*)$/s;
const PAIR = /(\w{1,60})=((?:\[[^[\]]{0,100}\]){1,4}|[^\s\]]{1,300})/g;

/** vpxd, hostd and others of VMware: `2024-05-06T07:08:09.193Z info vpxd[45715] [Originator@6876 sub=vpxLro opID=7e12] message`. */
export const vmwareFormat = timedFormat('vmware', { besides: plainDatedFormat }, (rest) => {
  const found = LINE.exec(rest)?.groups as Record<'level' | 'program' | 'pid' | 'data' | 'message', string> | undefined;
  if (!found) return undefined;
  const { level, program, pid, data, message } = found;
  return {
    severityNumber: severityOfWord(level === 'trivia' ? 'trace' : level) ?? null,
    message: message.trim(),
    component: orNull(program),
    attributes: attributesOf({
      pid: numberOrNull(pid) ?? pid,
      ...Object.fromEntries(Array.from(data.matchAll(PAIR), ([, key, value]) => [key, value])),
    }),
  };
});
