import { useSignal } from '@preact/signals';
import { copyText } from './copy.ts';

const SAID_FOR_MS = 1500;

interface Props {
  text: string | (() => string);
  /** What is copied: "Copy", "Copy as JSON". */
  label: string;
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label }: Props) {
  const said = useSignal<string | null>(null);
  return (
    <button
      type="button"
      class="plain"
      onClick={async () => {
        said.value = (await copyText(typeof text === 'string' ? text : text())) ? 'Copied' : 'Not copied';
        setTimeout(() => {
          said.value = null;
        }, SAID_FOR_MS);
      }}
    >
      <span aria-live="polite">{said.value ?? label}</span>
    </button>
  );
}
