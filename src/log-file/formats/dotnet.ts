import { severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { datedFormat } from './dated.ts';
import { timeOfLine } from './line-time.ts';
import { attributesOf, type LogFormat, noLine } from './log-format.ts';

/** `[10:00:00 INF] message`, also with the source. The form of Serilog's files is a plain dated line. */
const serilog = datedFormat(
  'serilog',
  String.raw` (?<level>[A-Z]{3,11})\] (?:<(?<logger>[\w.]{1,200})> |\[(?<logger>[\w]{1,60}(?:\.\w{1,60}){1,10})\] )?(?<message>.*)`,
  { timeOfDay: true },
);

/** `warn: Shop.Orders[12]`, then the message: in the lines after it, or beside it. */
const HEAD =
  /^(?<level>trce|dbug|info|warn|fail|crit): (?<category>[^\s[\]]{1,300})\[(?<event>-?\d{1,10})\](?: (?<message>.*))?$/s;
const LEVELS: Readonly<Record<string, string>> = { trce: 'trace', dbug: 'debug', fail: 'error', crit: 'critical' };
const PADDING = '      ';
const EXCEPTION = /^(?<type>(?:[A-Za-z_]\w{0,100}\.){1,12}[A-Za-z_]\w{0,100}(?:Exception|Error))(?:: |$)/;

/** The console of .NET: a head, then indented lines with the message and with the exception. A time may stand before the head. */
const dotnetConsole: LogFormat = {
  name: 'dotnet-console',
  continues: noLine,
  first: /[\d[tdiwfc]/,
  parse(line, clock) {
    const time = timeOfLine(line, clock);
    const found = HEAD.exec(time ? time.rest.replace(/^\]? /, '') : line)?.groups;
    if (!found) return undefined;
    const { level, category, event, message } = found;
    return {
      ...(time ? { timestamp: time.timestamp } : {}),
      severityNumber: severityOfWord(LEVELS[level!] ?? level!) ?? null,
      message: message?.trim() ?? '',
      component: category!,
      attributes: attributesOf({ eventId: event === '0' ? null : Number(event) }),
    };
  },
  adds: (line, draft) =>
    Boolean(draft.component) && line.startsWith(PADDING) && addLine(draft, line.slice(PADDING.length)),
};

function addLine(draft: Draft, text: string): true {
  if (draft.stackTrace) draft.stackTrace += `\n${text}`;
  else {
    const type = EXCEPTION.exec(text)?.groups?.type;
    if (type !== undefined && draft.message) {
      draft.errorType = type;
      draft.stackTrace = text;
    } else draft.message = draft.message ? `${draft.message}\n${text}` : text;
  }
  return true;
}

export const DOTNET_FORMATS: readonly LogFormat[] = [serilog, dotnetConsole];
