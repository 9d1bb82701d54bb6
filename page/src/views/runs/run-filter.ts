import { computed } from '@preact/signals';
import type { RunRowFragment, RunStatus } from '../../api/documents.ts';
import { urlValue } from '../../state/url.ts';

export type Run = RunRowFragment;

export const STATUSES: Readonly<Record<RunStatus, string>> = {
  RUNNING: 'Running',
  STALLED: 'Stalled',
  FAILED: 'Failed',
  TIMED_OUT: 'Timed out',
  CANCELLED: 'Cancelled',
  SUCCEEDED: 'Succeeded',
};

const status = urlValue('status');
const name = urlValue('name');
const service = urlValue('service');

/** Which runs are shown, by the URL. Null: any. */
export const runFilter = computed(() => ({
  status: status.value !== undefined && Object.hasOwn(STATUSES, status.value) ? (status.value as RunStatus) : null,
  name: name.value ?? null,
  service: service.value ?? null,
}));

export const matchesFilter = (run: Run): boolean => {
  const wanted = runFilter.value;
  return (
    (wanted.status === null || run.status === wanted.status) &&
    (wanted.name === null || run.name === wanted.name) &&
    (wanted.service === null || run.service === wanted.service)
  );
};

/** Neither of these has ended. */
export const isOpen = ({ status }: Run): boolean => status === 'RUNNING' || status === 'STALLED';
