import type { CreateApiKeyInput } from '../../api/documents.ts';
import type { Right } from '../../state/viewer.ts';

/** What an error of the server may be about. */
export const KEY_FIELDS = ['name', 'rights', 'scope', 'stamp', 'recordsPerSecond', 'expiresIn'];

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
