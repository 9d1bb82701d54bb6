import { useSignal } from '@preact/signals';
import { lazy } from '../../parts/lazy.tsx';
import { may } from '../../state/viewer.ts';

const NewAlert = lazy(async () => ({ default: (await import('./alerts-view.tsx')).NewAlert }));

/** Opens the form for an alert on the present search. Only ADMIN makes alerts. */
export function AlertButton() {
  const isOpen = useSignal(false);
  if (!may('ADMIN')) return null;
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => (isOpen.value = true)}>
        Alert me
      </button>
      {isOpen.value && <NewAlert onClose={() => (isOpen.value = false)} />}
    </>
  );
}
