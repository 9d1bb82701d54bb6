import { setBeside } from '../../log/json.ts';
import { levelIndex, severityOfLevelValue, severityOfPython } from '../../log/level.ts';
import { timestampOf } from '../../log/time-value.ts';
import { attributesOf, beside, drop, objectIn, type Shape, setField, textIn } from './shape.ts';

/** Monolog of PHP: DEBUG to EMERGENCY. */
const MONOLOG: Readonly<Record<number, number>> = {
  100: 5,
  200: 9,
  250: 10,
  300: 13,
  400: 17,
  500: 21,
  550: 22,
  600: 24,
};

/** Monolog: `channel` is its logger, and `level` a number beside `level_name`. */
export const monolog: Shape = (draft, object) => {
  const { level, level_name, channel } = object;
  const severity = typeof level === 'number' ? MONOLOG[level] : undefined;
  if (typeof level_name !== 'string' || severity === undefined) return draft;
  draft.severityNumber ??= severity;
  if (levelIndex(draft.severityNumber) === levelIndex(severity)) drop(draft, object, 'level');
  if (typeof channel === 'string' && channel !== '' && !draft.component) {
    draft.component = channel;
    drop(draft, object, 'channel');
  }
  return draft;
};

/** `tracing` of Rust: `target` is the module that logs. */
export const rustTracing: Shape = (draft, object) => {
  const { target, fields } = object;
  const isTracing = typeof fields === 'object' || 'span' in object || 'spans' in object || 'threadId' in object;
  if (typeof target !== 'string' || target === '' || draft.component) return draft;
  if (!isTracing && !target.includes('::')) return draft;
  draft.component = target;
  drop(draft, object, 'target');
  return draft;
};

/** loguru of Python (`serialize=True`), and the platform's own records of AWS Lambda: both have an object `record`. */
export const loguru: Shape = (draft, object, read) => {
  const record = objectIn(object, 'record');
  if (!record) return draft;
  const type = textIn(object, 'type');
  if (type?.startsWith('platform.')) {
    draft.message ??= type;
    return draft;
  }
  const level = objectIn(record, 'level');
  const time = objectIn(record, 'time');
  if (!level || !time) return draft;
  const { text, record: _, ...others } = object;
  const { message, name, time: __, level: ___, ...rest } = record;
  if (typeof message !== 'string' || (name !== undefined && typeof name !== 'string')) return draft;
  const found = read(beside(rest, others));
  const severity = severityOfLevelValue(level.name) ?? severityOfPython(Number(level.no));
  if (severity === undefined) setBeside(attributesOf(found), 'level', level);
  else setField(found, 'severityNumber', severity);
  const timestamp = timestampOf(time.repr) ?? timestampOf(time.timestamp);
  if (timestamp === undefined) setBeside(attributesOf(found), 'time', time);
  else setField(found, 'timestamp', timestamp);
  setField(found, 'message', message);
  if (typeof name === 'string') setField(found, 'component', name);
  if (typeof text === 'string') {
    const trace = text.indexOf('\nTraceback');
    if (trace >= 0 && !found.stackTrace) found.stackTrace = text.slice(trace + 1).trimEnd();
    // The text repeats the message, with the time and the level before it.
    else if (!text.includes(message)) setBeside(attributesOf(found), 'text', text);
  }
  return found;
};
