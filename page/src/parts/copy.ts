import { signal } from '@preact/signals';

/** What the page says of the last copy, for a moment. */
export const copyNote = signal('');
const SAID_FOR_MS = 2000;
let end: ReturnType<typeof setTimeout> | undefined;

/** Copies a text, and the page says whether it could. */
export async function copyText(text: string): Promise<void> {
  copyNote.value = (await tryCopy(text)) ? 'Copied' : 'Not copied: this browser does not allow it';
  clearTimeout(end);
  end = setTimeout(() => {
    copyNote.value = '';
  }, SAID_FOR_MS);
}

/** Over plain HTTP a browser has no `navigator.clipboard`: there a selected field is copied, as a person would. */
async function tryCopy(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.setAttribute('readonly', '');
  field.className = 'visually-hidden';
  const before = document.activeElement;
  // While a dialog is open, nothing outside of it can be selected.
  (before?.closest('dialog') ?? document.body).append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
