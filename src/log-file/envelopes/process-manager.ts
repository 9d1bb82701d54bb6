import { severityOfWord } from '../../log/level.ts';
import type { Envelope } from './envelope.ts';

const COMPOSE = /^([A-Za-z0-9][\w.-]{0,127}?)(?:[-_]\d{1,4})? *\|(?: (.*))?$/s;
const LETTER = /[A-Za-z]/;

/** `api-1  | line`, of `docker compose logs` and `docker compose up`. */
export const composeEnvelope: Envelope = {
  name: 'docker compose',
  first: /\w/,
  shareMin: 0.7,
  peel(line) {
    const bar = line.indexOf('|');
    if (bar < 1 || bar > 140 || line.charCodeAt(bar - 1) !== SPACE) return undefined;
    const m = COMPOSE.exec(line);
    const service = m?.[1];
    if (!m || !service || !LETTER.test(service) || severityOfWord(service) !== undefined) return undefined;
    const container = line.slice(0, bar).trimEnd();
    const outer = { service, attributes: container === service ? {} : { container } };
    return { line: m[2] ?? '', source: container, outer };
  },
};
const SPACE = 0x20;

const SWARM = /^(\S{1,128}?)\.(\d{1,6})\.([a-z0-9]{25})@(\S{1,253}) +\|(?: (.*))?$/s;

/** `shop_api.1.x6qd...@node-1    | line`, of `docker service logs`. */
export const swarmEnvelope: Envelope = {
  name: 'docker service',
  first: /\w/,
  shareMin: 0.5,
  peel(line) {
    const m = SWARM.exec(line);
    if (!m) return undefined;
    const [, service, replica, task, host, rest = ''] = m as unknown as string[];
    return { line: rest, source: `${service}.${replica}`, outer: { service, host, attributes: { replica, task } } };
  },
};

const FOREMAN = /^(\d\d:\d\d:\d\d) ([\w-]{1,64})\.(\d{1,4}) +\|(?: (.*))?$/s;

/** `07:08:09 web.1  | line`, of foreman, honcho and overmind. The time has no date, so it is an attribute. */
export const foremanEnvelope: Envelope = {
  name: 'foreman',
  first: /\d/,
  shareMin: 0.7,
  peel(line) {
    const m = FOREMAN.exec(line);
    if (!m) return undefined;
    const [, time, service, number, rest = ''] = m as unknown as string[];
    const process = `${service}.${number}`;
    return { line: rest, source: process, outer: { service, attributes: { process, timeOfDay: time } } };
  },
};

const PM2 = /^(\d{1,4})\|([\w.@/-]{1,64}) *\|(?: (.*))?$/s;

/** `0|api  | line`, of `pm2 logs`. */
export const pm2Envelope: Envelope = {
  name: 'pm2',
  first: /\d/,
  shareMin: 0.7,
  peel(line) {
    const m = PM2.exec(line);
    if (!m) return undefined;
    const [, id, service, rest = ''] = m as unknown as string[];
    return { line: rest, source: `${id}|${service}`, outer: { service, attributes: { process: id } } };
  },
};
