/**
 * When keys are asked for.
 * - `required`: always, but for what needs nothing.
 * - `off`: never, because `AUTH=off` says so.
 * - `loopback`: never, because only programs of this machine reach the server. It must not be reached through a proxy then.
 */
export type AuthMode = 'required' | 'off' | 'loopback';

/** @param auth the setting `AUTH`; null where it is not set */
export const authMode = (auth: 'required' | 'off' | null, isLoopback: boolean): AuthMode =>
  auth ?? (isLoopback ? 'loopback' : 'required');
