import { BadUserInput } from '../errors.ts';
import type { Milliseconds } from '../log/duration.ts';
import { storableText } from '../log/json.ts';
import { RIGHTS, type Right, type Stamp } from './caller.ts';
import { parseScope } from './scope.ts';
import { storedScope } from './stored-scope.ts';

const NAME_LENGTH_MAX = 100;
const STAMP_LENGTH_MAX = 200;
const RECORDS_PER_SECOND_MAX = 2 ** 31 - 1;
const EXPIRES_IN_MS_MIN = 1000;
const EXPIRES_IN_MS_MAX = 100 * 365.25 * 86_400_000;

/** `CreateApiKeyInput` of the schema, which says what each field means. */
export interface KeyInput {
  name: string;
  rights: readonly Right[];
  scope?: string | null | undefined;
  stamp?: { [name in keyof Stamp]?: string | null } | null | undefined;
  recordsPerSecond?: number | null | undefined;
  expiresIn?: Milliseconds | null | undefined;
}

/** What a new key allows: checked, and complete. */
export interface KeyGrant {
  name: string;
  rights: Right[];
  /** As it was written, and the tree that it was parsed to, as it is stored. */
  scope: { text: string; stored: string } | null;
  stamp: Stamp | null;
  recordsPerSecond: number | null;
  expiresInMs: Milliseconds | null;
}

/** @throws BadUserInput */
export function parseGrant({ name, rights, scope, stamp, recordsPerSecond, expiresIn }: KeyInput): KeyGrant {
  const given = RIGHTS.filter((right) => rights.includes(right));
  if (given.length === 0) throw new BadUserInput('rights: expected at least one right, got none');
  const needs = (right: Right, what: string): void => {
    if (given.includes('ADMIN'))
      throw new BadUserInput(`${what}: expected none beside the right ADMIN, which has no bounds`);
    if (!given.includes(right))
      throw new BadUserInput(`${what}: expected the right ${right} beside it, got ${given.join(', ')}`);
  };
  if (given.includes('CONTENT') && !given.includes('READ') && !given.includes('ADMIN')) {
    throw new BadUserInput(`rights: expected READ beside CONTENT, got ${given.join(', ')}`);
  }
  if (scope != null) needs('READ', 'scope');
  if (stamp != null) needs('INGEST', 'stamp');
  if (recordsPerSecond != null) {
    needs('INGEST', 'recordsPerSecond');
    inRange('recordsPerSecond', recordsPerSecond, 1, RECORDS_PER_SECOND_MAX);
  }
  if (expiresIn != null) inRange('expiresIn, in milliseconds', expiresIn, EXPIRES_IN_MS_MIN, EXPIRES_IN_MS_MAX);
  return {
    name: textOf('name', name, NAME_LENGTH_MAX),
    rights: given,
    scope: scope == null ? null : { text: scope, stored: storedScope(parseScope(scope)) },
    stamp: stamp == null ? null : stampOf(stamp),
    recordsPerSecond: recordsPerSecond ?? null,
    expiresInMs: expiresIn ?? null,
  };
}

function stampOf(stamp: NonNullable<KeyInput['stamp']>): Stamp {
  const value = (name: keyof Stamp): string | null =>
    stamp[name] == null ? null : textOf(`stamp.${name}`, stamp[name], STAMP_LENGTH_MAX);
  const made = {
    service: value('service'),
    environment: value('environment'),
    deploymentVersion: value('deploymentVersion'),
  };
  if (Object.values(made).every((text) => text === null)) {
    throw new BadUserInput('stamp: expected a service, an environment or a deploymentVersion, got none');
  }
  return made;
}

function textOf(at: string, text: string, lengthMax: number): string {
  const stored = storableText(text.trim());
  if (stored !== '' && stored.length <= lengthMax) return stored;
  throw new BadUserInput(`${at}: expected 1 to ${lengthMax} characters, got ${stored.length}`);
}

function inRange(at: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) throw new BadUserInput(`${at}: expected ${min} to ${max}, got ${value}`);
}
