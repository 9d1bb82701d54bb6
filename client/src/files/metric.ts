import type { RecordLog } from '../record-log.ts';

/** Writes a business figure. `labels` say what it is about. */
export type Metric = (name: string, value: number, labels?: object) => void;

/**
 * A figure is a record with the component `metrics`, the name in `metric` and the number in `value`: it goes wherever the log
 * goes. Searched as `component:metrics attributes.metric:leads_processed attributes.value:>100`.
 */
export const createMetric =
  (log: RecordLog): Metric =>
  (name, value, labels = {}) =>
    log.info({ ...labels, component: 'metrics', metric: name, value }, 'metric');
