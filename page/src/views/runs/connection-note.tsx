import { connection } from './live-runs.ts';

const WORDS = {
  connecting: 'Connecting ...',
  live: 'Live',
  lost: 'The connection was lost. Trying again ...',
};

/** Whether what is shown is live. */
export function ConnectionNote() {
  return (
    <p class={`connection-note quiet ${connection.value}`} role="status">
      {WORDS[connection.value]}
    </p>
  );
}
