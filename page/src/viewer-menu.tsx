import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { needsSignIn } from './api/credentials.ts';
import { signOut } from './api/session.ts';
import { apiError } from './state/resource.ts';
import { refresh } from './state/search.ts';
import { loadViewer, viewer } from './state/viewer.ts';
import './viewer-menu.css';

/** Between the button and the menu. */
const GAP_PX = 6;

/** Who is signed in, and what the key allows; the way out. Nothing where the server knows nobody. */
export function ViewerMenu() {
  const button = useRef<HTMLButtonElement>(null);
  const problem = useSignal<string | null>(null);
  const known = viewer.value;
  if (!known?.authenticated || needsSignIn.value) return null;

  async function leave(): Promise<void> {
    problem.value = null;
    try {
      await signOut();
      viewer.value = null;
      await loadViewer();
      refresh();
    } catch (error) {
      problem.value = `Not signed out: ${apiError(error).message}`;
    }
  }

  return (
    <>
      <button ref={button} type="button" popovertarget="viewer-menu" class="viewer-name" title="Who is signed in">
        {known.name}
      </button>
      <div
        id="viewer-menu"
        class="viewer-menu"
        popover="auto"
        role="group"
        aria-label="Who is signed in"
        onBeforeToggle={({ currentTarget }) => {
          currentTarget.style.top = `${button.current!.getBoundingClientRect().bottom + GAP_PX}px`;
        }}
      >
        <dl>
          <dt>Key</dt>
          <dd>{known.name}</dd>
          <dt>Rights</dt>
          <dd>{known.rights.join(', ')}</dd>
          <dt>Sees</dt>
          <dd>{known.scope === null ? 'all records' : <code>{known.scope}</code>}</dd>
        </dl>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <button type="button" onClick={leave}>
          Sign out
        </button>
      </div>
    </>
  );
}
