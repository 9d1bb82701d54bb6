import { type JsonObject, setOwn } from '../../../log/json.ts';
import { timestampFromEpoch } from '../../../log/time.ts';
import { type LogFormat, noLine } from '../log-format.ts';

const LINE =
  /^(?:node=(?<node>\S{1,255}) )?type=(?<type>[A-Z][A-Z0-9_]{1,40}|UNKNOWN\[\d{1,6}\]) msg=audit\((?<time>\d{9,10}\.\d{3}):(?<serial>\d{1,12})\): ?(?<rest>.*)$/s;
const PAIR = /(?:^|[\s'])([A-Za-z][\w-]{0,40})=(?:"([^"]{0,1000})"|([^\s"',]+))/g;
const PAIRS_MAX = 100;
const FAILED = /\b(?:success=no|res=(?:failed|0))\b/;

/** The audit log of Linux: `type=SYSCALL msg=audit(1700000000.123:456): arch=c000003e success=yes ...`. What failed is a WARNING. */
export const auditdFormat: LogFormat = {
  name: 'auditd',
  first: /[tn]/,
  continues: noLine,
  parse(line) {
    const groups = LINE.exec(line)?.groups;
    const timestamp = timestampFromEpoch(groups?.time ?? '');
    if (!groups || timestamp === undefined) return undefined;
    const attributes: JsonObject = { type: groups.type!, auditId: groups.serial! };
    let pairs = 0;
    for (const [, name, quoted, bare] of groups.rest!.slice(0, 8000).matchAll(PAIR)) {
      if (++pairs > PAIRS_MAX) break;
      if (!Object.hasOwn(attributes, name!)) setOwn(attributes, name!, quoted ?? bare!);
    }
    return {
      timestamp,
      severityNumber: FAILED.test(groups.rest!) ? 13 : 9,
      message: line.trim(),
      component: 'audit',
      host: groups.node ?? null,
      attributes,
    };
  },
};
