import type { Draft } from '../log/record.ts';

/** Values for records that do not have their own. */
export type Defaults = Pick<Draft, 'service' | 'component' | 'host' | 'environment' | 'deploymentVersion'>;

export function withDefaults(
  draft: Draft,
  { service, component, host, environment, deploymentVersion }: Defaults,
): Draft {
  if (service) draft.service ??= service;
  if (component) draft.component ??= component;
  if (host) draft.host ??= host;
  if (environment) draft.environment ??= environment;
  if (deploymentVersion) draft.deploymentVersion ??= deploymentVersion;
  return draft;
}
