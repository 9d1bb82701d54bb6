import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { signIn } from './api/session.ts';
import { apiError } from './state/resource.ts';
import { loadViewer, viewer } from './state/viewer.ts';
import './sign-in.css';

/** Asks for a key, in place of the view. The URL stays, so what was open is open again afterwards. */
export function SignIn() {
  const key = useRef<HTMLInputElement>(null);
  const isKept = useSignal(true);
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  // Before the next key: what is typed at once is for this field.
  useLayoutEffect(() => key.current?.focus(), []);

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    problem.value = null;
    try {
      await signIn(key.current!.value.trim(), isKept.value);
      await loadViewer();
    } catch (error) {
      problem.value = apiError(error).message;
      key.current?.focus();
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <form class="sign-in" aria-labelledby="sign-in-title" onSubmit={send}>
      <h1 id="sign-in-title">Sign in</h1>
      <p>{viewer.value?.authenticated ? 'The session has ended.' : 'This server asks for an API key.'}</p>
      <label>
        API key
        <input
          ref={key}
          type="password"
          class="mono"
          required
          placeholder="weir_..."
          autocomplete="current-password"
          aria-invalid={problem.value !== null}
          aria-describedby="sign-in-problem"
        />
      </label>
      <p id="sign-in-problem" class="problem" role="alert">
        {problem.value}
      </p>
      <fieldset>
        <legend class="visually-hidden">How long</legend>
        <Choice isKept={isKept.value} value={true} onChoose={choose} label="Keep me signed in on this browser" />
        <Choice isKept={isKept.value} value={false} onChoose={choose} label="This tab only" />
      </fieldset>
      <button type="submit" class="primary" disabled={isBusy.value}>
        Sign in
      </button>
      <p class="quiet">
        An administrator of this server makes keys, here or with <code>weir keys create</code>. The first key is in the
        file <code>first-admin-key</code> in its data folder, until it has made another ADMIN key.
      </p>
    </form>
  );

  function choose(value: boolean): void {
    isKept.value = value;
  }
}

interface ChoiceProps {
  isKept: boolean;
  value: boolean;
  label: string;
  onChoose: (value: boolean) => void;
}

const Choice = ({ isKept, value, label, onChoose }: ChoiceProps) => (
  <label>
    <input type="radio" name="kept" checked={isKept === value} onChange={() => onChoose(value)} />
    {label}
  </label>
);
