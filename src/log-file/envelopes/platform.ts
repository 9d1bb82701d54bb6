import { severityOfWord } from '../../log/level.ts';
import type { Envelope } from './envelope.ts';
import { ISO, readIso } from './timestamp.ts';

const HEROKU = new RegExp(`^(${ISO}) (app|heroku)\\[([\\w.-]{1,64})\\]: ?(.*)$`, 's');

/** `2024-05-06T07:08:09.123456+00:00 app[web.1]: line`, of `heroku logs`. */
export const herokuEnvelope: Envelope = {
  name: 'heroku',
  first: /\d/,
  shareMin: 0.5,
  peel(line, clock) {
    const m = HEROKU.exec(line);
    const timestamp = m && readIso(m[1]!, clock);
    if (!m || !timestamp) return undefined;
    const [, , source, dyno, rest] = m as unknown as string[];
    return {
      line: rest!,
      source: dyno!,
      outer: { timestamp, component: dyno!, attributes: { source } },
    };
  },
};

const FLY = new RegExp(`^(${ISO}) (app|runner|proxy)\\[(\\w{1,64})\\] ([a-z]{3}) \\[(\\w{1,16})\\] ?(.*)$`, 's');

/** `2024-05-06T07:08:09Z app[148ed] ord [info]line`, of `fly logs`. Its level is that of the stream. */
export const flyEnvelope: Envelope = {
  name: 'fly',
  first: /\d/,
  shareMin: 0.5,
  peel(line, clock) {
    const m = FLY.exec(line);
    const timestamp = m && readIso(m[1]!, clock);
    if (!m || !timestamp) return undefined;
    const [, , source, instance, region, level, rest] = m as unknown as string[];
    const severityNumber = severityOfWord(level!) ?? null;
    return {
      line: rest!,
      source: instance!,
      outer: { timestamp, severityNumber, host: instance!, attributes: { source, region } },
    };
  },
};

/** Streams of Lambda (`2024/05/06/[$LATEST]0a...`) and of ECS (`prefix/container/0a...`). */
const AWS = new RegExp(
  `^(${ISO}) (\\d{4}/\\d\\d/\\d\\d/(?:[\\w-]{1,64})?\\[[^\\]\\s]{1,64}\\][0-9a-f]{32}|[\\w.-]{1,128}/[\\w.-]{1,128}/[0-9a-f]{32})(?: (.*))?$`,
  's',
);

/** `2024-05-06T07:08:09.123000+00:00 STREAM line`, of `aws logs tail`. */
export const awsTailEnvelope: Envelope = {
  name: 'aws logs',
  first: /\d/,
  shareMin: 0.5,
  peel(line, clock) {
    const m = AWS.exec(line);
    const timestamp = m && readIso(m[1]!, clock);
    if (!m || !timestamp) return undefined;
    return { line: m[3] ?? '', source: m[2]!, outer: { timestamp, attributes: { logStream: m[2] } } };
  },
};
