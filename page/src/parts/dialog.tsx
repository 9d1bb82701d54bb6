import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { CopyNote } from './copy-note.tsx';
import './dialog.css';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Of the content: `wide` for tables. */
  class?: string;
  /** Only its content closes it: what it shows would be lost. */
  isKept?: boolean;
}

/**
 * A dialog over the page, shown as long as it is rendered. Escape, its button and a click beside it close it; the focus then goes back
 * to where it was. The shortcuts of the page do not work meanwhile.
 */
export function Dialog({ title, onClose, children, class: className = '', isKept = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before the next key: Escape and what is typed at once are for the dialog.
  useLayoutEffect(() => {
    const shown = dialog.current!;
    shown.showModal();
    // A browser gives the focus back only where the dialog is closed before it is removed.
    return () => shown.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${className}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        // A list or a file input inside has a cancel of its own.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        if (!isKept) onClose();
      }}
      onKeyDown={(event) => {
        if (isKept && event.key === 'Escape') event.preventDefault();
      }}
      // A browser closes it at a second Escape, whatever `cancel` says.
      onClose={() => {
        // It was closed because it is shown no longer.
        if (dialog.current === null) return;
        if (isKept) dialog.current.showModal();
        else onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current && !isKept) onClose();
      }}
    >
      <div class="dialog-content">
        <header>
          <h2 id={titleId}>{title}</h2>
          {!isKept && (
            <button type="button" class="plain" aria-label="Close" onClick={onClose}>
              ✕
            </button>
          )}
        </header>
        {children}
      </div>
      <CopyNote />
    </dialog>
  );
}
