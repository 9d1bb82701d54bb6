import { RouteNotFound } from '../../../errors.ts';

/** The paths of signals that are not taken, and what is said to their exporters. 404: an exporter drops what it has and does not retry. */
export const SIGNALS_NOT_TAKEN: Readonly<Record<string, string>> = {
  '/v1/metrics':
    'expected logs at /v1/logs or spans at /v1/traces, got metrics, which Weir does not store. Turn off the exporter of metrics',
};

/** @throws RouteNotFound always */
export const refuseSignal = (reason: string) => (): never => {
  throw new RouteNotFound(reason);
};
