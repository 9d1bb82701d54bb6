import { copyNote } from './copy.ts';
import './copy-note.css';

/** Says for a moment that something was copied. */
export const CopyNote = () => (
  <p class="copy-note" role="status">
    {copyNote.value}
  </p>
);
