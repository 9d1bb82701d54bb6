import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { apiError } from '../state/resource.ts';
import { Dialog } from './dialog.tsx';

interface Props {
  /** The question. */
  title: string;
  /** What will happen. */
  children: ComponentChildren;
  /** What the button says. */
  action: string;
  /** Does it. Where it fails, the dialog stays and shows why. */
  run: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something is done that cannot be undone. */
export function Confirm({ title, children, action, run, onClose }: Props) {
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  async function confirm(): Promise<void> {
    isBusy.value = true;
    problem.value = null;
    try {
      await run();
      onClose();
    } catch (error) {
      problem.value = apiError(error).message;
      isBusy.value = false;
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <div class="dialog-buttons">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={isBusy.value} onClick={confirm}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
