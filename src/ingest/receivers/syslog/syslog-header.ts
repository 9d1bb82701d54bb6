import { levelOfWord } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import { parse5424, readPri } from '../../../log-file/formats/syslog.ts';
import type { Clock } from '../../../log-file/inner-line.ts';
import { findTime } from './syslog-time.ts';

/** What a syslog message says before its text, and the text. */
export interface SyslogMessage {
  draft: Draft;
  text: string;
}

const PRI = /^<(\d{1,3})>/;
const PRI_MAX = 191;
/** RFC 5424 whose structured data is missing or broken. */
const LOOSE_5424 = /^(<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+)(?: (.*))?$/s;
/** A program, and the number of its process. Behind a number, the colon may be missing. */
const TAG = /^([^\s:[\]<>"'{}=,;()%]{1,128})(?:\[([^\]\s]{0,64})\](?::|(?=\s|$))|:(?=\s|$)) ?/;
/** Cisco: `%SYS-5-CONFIG_I: `: a part of the system, a severity, and the kind of message. */
const MNEMONIC = /^:?\s*(%([A-Z][\w/]*)(?:-[\w/]+)*?-[0-7]-[\w/]+):/;
/** Cisco: the message's number, perhaps a second one and the name of the device, before the time or the mnemonic. */
const SEQUENCE = /^(\d{0,12}): (?:\d{1,12}: )?(?:([A-Za-z][\w.-]*): )?(?=[*.]?(?:[A-Z][a-z]{2} |\d{4} )|%)/;
const HOST = /^([A-Za-z0-9_](?:[\w.:/@-]*\w)?|-) (?=\S)/;
/** No host, where a text begins with it. */
const NO_HOST = /^\d+$/;

/** A message without `<PRI>` is all text. */
export function readSyslog(message: string, clock: Clock): SyslogMessage {
  const pri = PRI.exec(message);
  if (!pri || Number(pri[1]) > PRI_MAX) return { draft: {}, text: message };
  return read5424(message, clock) ?? read3164(message.slice(pri[0].length), pri[1]!, clock);
}

function read5424(message: string, clock: Clock): SyslogMessage | undefined {
  const draft = parse5424(message, clock);
  if (draft) return { draft, text: draft.message ?? '' };
  const [, header, text = ''] = LOOSE_5424.exec(message) ?? [];
  const loose = header === undefined ? undefined : parse5424(`${header} -`, clock);
  return loose && { draft: loose, text };
}

/** RFC 3164, of which every part may be missing: time, host, tag. */
function read3164(afterPri: string, pri: string, clock: Clock): SyslogMessage {
  const { severityNumber, facility } = readPri(pri);
  const attributes: Record<string, unknown> = { facility };
  const draft: Draft = { severityNumber, attributes };
  let text = afterPri;
  const sequence = SEQUENCE.exec(text);
  if (sequence) {
    const [all, number, origin] = sequence;
    if (number) attributes.sequence = Number(number);
    if (origin) draft.host = origin;
    text = text.slice(all.length);
  }
  const time = findTime(text, clock);
  if (time) {
    draft.timestamp = time.timestamp;
    text = text.slice(time.end);
  }
  // Without a time, a first word is the program, or a word of the text.
  if (time && !sequence) text = takeHost(text, draft);
  return { draft, text: takeMnemonic(text, draft, attributes) ?? takeTag(text, draft, attributes) };
}

/** Behind a time and before a tag stands a host, unless the tag follows at once. Without a tag, RFC 3164 means a host all the same. */
function takeHost(text: string, draft: Draft): string {
  if (TAG.test(text)) return text;
  const host = HOST.exec(text)?.[1];
  if (host === undefined || NO_HOST.test(host) || isLevel(host)) return text;
  if (host !== '-') draft.host = host;
  return text.slice(host.length + 1);
}

/** A level in capitals is no name. */
const isLevel = (word: string): boolean =>
  word.length > 2 && word === word.toUpperCase() && levelOfWord(word) !== undefined;

/** The message stays whole: people search for the mnemonic. Undefined: there is none. */
function takeMnemonic(text: string, draft: Draft, attributes: Record<string, unknown>): string | undefined {
  const [, mnemonic, component] = MNEMONIC.exec(text) ?? [];
  if (mnemonic === undefined) return undefined;
  draft.component = component!;
  attributes.messageId = mnemonic;
  return text.slice(text.indexOf('%'));
}

function takeTag(text: string, draft: Draft, attributes: Record<string, unknown>): string {
  const found = TAG.exec(text);
  if (!found) return text;
  const [all, tag, pid] = found;
  if (pid === undefined && isLevel(tag!)) return text;
  draft.component = tag!;
  if (pid) attributes.pid = /^\d{1,15}$/.test(pid) ? Number(pid) : pid;
  return text.slice(all.length);
}
