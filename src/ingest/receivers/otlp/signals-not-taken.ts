import { RouteNotFound } from '../../../errors.ts';

/** Paths of OTLP's other signals, and what is said to their exporters. 404: an exporter drops what it has and does not retry. */
export const SIGNALS_NOT_TAKEN: Readonly<Record<string, string>> = {
  '/v1/metrics':
    'expected spans at /v1/traces, got metrics, which Weir does not store. Turn off the exporter of metrics',
  '/v1/logs': 'expected spans at /v1/traces, got logs: this version takes no logs by OTLP. Send them to /ingest',
};

/** @throws RouteNotFound always */
export const refuseSignal = (reason: string) => (): never => {
  throw new RouteNotFound(reason);
};
