import { severityOfPostgres } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import type { Timestamp } from '../../../log/time.ts';
import type { Clock } from '../clock.ts';
import { anyLine, type LogFormat } from '../log-format.ts';
import { durationOfPostgres } from './postgres-duration.ts';
import { readPrefix } from './postgres-prefix.ts';
import { POSTGRES_TIME, timeOfGroups } from './postgres-time.ts';

const PREFIX_CHARACTERS_MAX = 400;
/**
 * The time, maybe in brackets. In syslog, the number of the message stands first, and a prefix may have no time. Without a prefix,
 * uvicorn's lines look the same: `WARNING:  x`, `ERROR:    x`.
 */
const START = new RegExp(
  String.raw`^(?:(?:\[\d{1,9}-\d{1,9}\] )?[<[]? ?${POSTGRES_TIME}(?![\w.])|\[\d{1,9}-\d{1,9}\] |(?=(?!WARNING|INFO)[A-Z]{3,9}[1-5]?:  \S))`,
);
/** Two spaces stand after the label of every line, and nearly nowhere else. */
const AFTER_LABEL = ':  ';
const LABEL = /(?:^|[^A-Z])([A-Z]{3,9}[1-5]?)$/;
const SEVERITY = /^(?:DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC)$/;
/** Labels of lines that belong to the record before them, and the names that `jsonlog` has for them. */
const PARTS: Readonly<Record<string, string>> = {
  DETAIL: 'detail',
  HINT: 'hint',
  QUERY: 'internal_query',
  CONTEXT: 'context',
  LOCATION: 'location',
  STATEMENT: 'statement',
  BACKTRACE: 'backtrace',
};
/** Of `log_error_verbosity = verbose`. */
const SQLSTATE = /^([0-9A-Z]{5}): /;

interface Head {
  timestamp: Timestamp | null;
  label: string;
  text: string;
  attributes: Record<string, unknown>;
}

function readHead(line: string, clock: Clock): Head | undefined {
  const start = START.exec(line);
  if (!start) return undefined;
  const begin = start[0].length;
  const end = line.indexOf(AFTER_LABEL, begin);
  if (end < 0 || end > PREFIX_CHARACTERS_MAX) return undefined;
  const label = LABEL.exec(line.slice(Math.max(begin, end - 12), end))?.[1];
  if (label === undefined || !(Object.hasOwn(PARTS, label) || SEVERITY.test(label))) return undefined;
  const hasTime = start.groups?.year !== undefined || start.groups?.epoch !== undefined;
  const timestamp = hasTime ? timeOfGroups(start.groups, clock) : null;
  if (timestamp === undefined) return undefined;
  const attributes = readPrefix(line.slice(begin, end - label.length));
  return { timestamp, label, text: line.slice(end + AFTER_LABEL.length), attributes };
}

const parse = (line: string, clock: Clock): Draft | undefined => {
  const head = readHead(line, clock);
  return head && draftOf(head);
};

function draftOf({ timestamp, label, text, attributes }: Head): Draft {
  const isPart = Object.hasOwn(PARTS, label);
  const code = SQLSTATE.exec(text);
  const message = isPart ? `${label}:  ${text}` : text.slice(code?.[0].length ?? 0);
  return {
    timestamp,
    severityNumber: isPart ? null : (severityOfPostgres(label) ?? null),
    message: message.trim(),
    durationMs: durationOfPostgres(message),
    attributes: code && !isPart ? { ...attributes, state_code: code[1] } : attributes,
  };
}

/**
 * PostgreSQL's log of text, with any `log_line_prefix` that begins with the time, or none. Lines such as DETAIL and STATEMENT become
 * attributes of the record before them, if the same process wrote it. They have the names that `jsonlog` uses.
 */
export const postgresFormat: LogFormat = {
  name: 'postgres',
  first: /[\d<[ A-Z]/,
  continues: anyLine,
  parse,
  inFile: createPostgresReader,
};

function createPostgresReader(): LogFormat {
  /** The attribute that the last line has written. Null: the message. */
  let part: string | null = null;
  let clockOfFile: Clock | undefined;
  const add = (draft: Draft, text: string): void => {
    if (part === null) draft.message = `${draft.message}\n${text}`;
    else {
      const attributes = draft.attributes as Record<string, unknown>;
      attributes[part] = attributes[part] === undefined ? text : `${attributes[part]}\n${text}`;
    }
  };
  return {
    ...postgresFormat,
    parse(line, clock) {
      clockOfFile = clock;
      part = null;
      return parse(line, clock);
    },
    adds(line, draft) {
      if (clockOfFile === undefined || line.trim() === '') return false;
      const head = readHead(line, clockOfFile);
      if (!head) {
        add(draft, line.replace(/^\t/, ''));
        return true;
      }
      if (!Object.hasOwn(PARTS, head.label) || head.attributes.pid !== (draft.attributes as { pid?: unknown }).pid)
        return false;
      part = PARTS[head.label]!;
      add(draft, head.text);
      return true;
    },
  };
}
