import type { CreateApiKeyInput } from '../../api/documents.ts';
import type { Right } from '../../state/viewer.ts';

const FIELDS = ['name', 'rights', 'scope', 'stamp', 'recordsPerSecond', 'expiresIn'] as const;
/** What an error of the server may be about. */
export type KeyField = (typeof FIELDS)[number];

/** What the form asks for. An empty field is left out. */
export function inputOf(form: FormData, rights: readonly Right[]): CreateApiKeyInput {
  const text = (name: string): string | null => String(form.get(name) ?? '').trim() || null;
  const service = text('stamp.service');
  const environment = text('stamp.environment');
  const deploymentVersion = text('stamp.deploymentVersion');
  const rate = text('recordsPerSecond');
  return {
    name: text('name') ?? '',
    rights: [...rights],
    scope: text('scope'),
    stamp: service || environment || deploymentVersion ? { service, environment, deploymentVersion } : null,
    // Other text goes to the server as it is: its error says what was expected.
    recordsPerSecond: rate !== null && /^\d+$/.test(rate) ? Number(rate) : (rate as number | null),
    expiresIn: text('expiresIn'),
  };
}

/** A message of the server, without where GraphQL found a value that it could not read: the field shows it. */
export const messageOf = (message: string): string =>
  message.replace(/^Variable .*?; (?:Expected type "[^"]*"\. )?/s, '');

/** The field that a message of the server names: at its begin, or as the place of a value that it could not read. */
export function fieldOfError(message: string): KeyField | null {
  const name = /^(\w+)/.exec(message)?.[1];
  const inInput = /"input\.(\w+)/.exec(message)?.[1];
  return FIELDS.find((field) => field === inInput || field === name) ?? null;
}
