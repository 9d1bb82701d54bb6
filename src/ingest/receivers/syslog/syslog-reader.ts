import { isUtf8 } from 'node:buffer';
import type { Draft } from '../../../log/record.ts';
import { shift, type Timestamp } from '../../../log/time.ts';
import { collected } from '../../../log-file/collected.ts';
import { type Clock, createClock, withInnerLine } from '../../../log-file/inner-line.ts';
import type { ReadMessage } from '../../listeners/gatherer.ts';
import { MESSAGE_BYTES_MAX } from './syslog-framer.ts';
import { readSyslog } from './syslog-header.ts';

/** The clock of a device may be ahead, or of another zone. A time without a year that is later than this is of the year before. */
const AHEAD_MS_MAX = 86_400_000;
const LATIN = new TextDecoder('windows-1252');
const BOM = '\ufeff';
/** Stands before a text in JSON (CEE, lumberjack). */
const COOKIE = /^@cee:/;

interface Clocks {
  ofHeader: Clock;
  ofText: Clock;
}

/** `timeZone`: of times without an offset. */
export const createSyslogReader =
  (timeZone: string) =>
  (receivedAt: Timestamp): ReadMessage => {
    const clocks: Clocks = {
      ofHeader: createClock({ timeZone, now: shift(receivedAt, AHEAD_MS_MAX) }),
      ofText: createClock({ timeZone, now: receivedAt }),
    };
    return ({ bytes, peer }) =>
      Array.from(collected([{ draft: readMessage(bytes, peer, clocks) }], clocks.ofText), ({ draft }) => draft);
  };

/** The host that a message names wins over the address that it came from, which may be a relay's. */
function readMessage(bytes: Buffer, peer: string, clocks: Clocks): Draft {
  const { draft, text } = readSyslog(textOf(bytes), clocks.ofHeader);
  const isCut = bytes.length >= MESSAGE_BYTES_MAX;
  const attributes = { ...(draft.attributes as object | undefined), ...(isCut && { truncated: true }) };
  const line = text.startsWith(BOM) ? text.slice(BOM.length) : text;
  return withInnerLine(
    { ...draft, host: draft.host ?? peer, attributes },
    line.replace(COOKIE, '').trim(),
    clocks.ofText,
  );
}

/** Without what senders put behind a message. Bytes that are not UTF-8 are read as Windows' western charset, which has all. */
function textOf(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1]! === 0 || bytes[end - 1]! === 10 || bytes[end - 1]! === 13)) end--;
  const message = bytes.subarray(0, end);
  return isUtf8(message) ? message.toString() : LATIN.decode(message);
}
