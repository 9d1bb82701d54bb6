import { severityOfWord } from '../../log/level.ts';
import { plainDatedFormat, timedFormat } from './dated.ts';
import { attributesOf, numberOrNull, orNull } from './log-format.ts';

const HEAD =
  /^ (?<level>trivia|verbose|info|warning|error|panic) (?<program>[\w.-]{1,60})\[(?<pid>[0-9A-Fa-f]{1,16})\] ?\[Originator@\d{1,9} /;
const DATA_CHARACTERS_MAX = 2_000;

/** vpxd, hostd and others of VMware: `2024-05-06T07:08:09.193Z info vpxd[45715] [Originator@6876 sub=vpxLro opID=7e12] message`. */
export const vmwareFormat = timedFormat('vmware', { besides: plainDatedFormat }, (rest) => {
  const head = HEAD.exec(rest);
  if (!head) return undefined;
  const { level, program, pid } = head.groups as Record<'level' | 'program' | 'pid', string>;
  const told = rest.slice(head[0].length);
  const end = closingBracket(told);
  const pairs = told
    .slice(0, end)
    .split(' ')
    .map((pair) => pair.split(/=(.*)/s));
  return {
    severityNumber: severityOfWord(level === 'trivia' ? 'trace' : level) ?? null,
    message: told.slice(end + 1).trim(),
    component: orNull(program),
    attributes: attributesOf({
      pid: numberOrNull(pid) ?? pid,
      ...Object.fromEntries(pairs.filter(([key]) => key !== '')),
    }),
  };
});

/** Where the bracket closes that a text is in: values have brackets of their own. */
function closingBracket(text: string): number {
  for (let at = 0, depth = 0; at < Math.min(text.length, DATA_CHARACTERS_MAX); at++) {
    if (text[at] === '[') depth++;
    else if (text[at] === ']' && depth-- === 0) return at;
  }
  return 0;
}
