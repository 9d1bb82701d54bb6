import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import './popup.css';

interface Props {
  /** Of the button, and the name of what it opens. */
  label: string;
  /** Made when it is opened. `close` gives the focus back to the button. */
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a small window below it. Escape, a click elsewhere and leaving it by the Tab key close it. */
export function Popup({ label, children }: Props) {
  const isOpen = useSignal(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    isOpen.value = false;
    button.current?.focus();
  };
  useEffect(() => {
    if (!isOpen.value) return;
    const leave = ({ target }: Event): void => {
      if (!root.current?.contains(target as Node)) isOpen.value = false;
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      close();
    };
    addEventListener('pointerdown', leave);
    addEventListener('focusin', leave);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('pointerdown', leave);
      removeEventListener('focusin', leave);
    };
  }, [isOpen.value]);
  return (
    <div class="popup" ref={root}>
      <button
        type="button"
        ref={button}
        aria-expanded={isOpen.value}
        aria-controls={isOpen.value ? id : undefined}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        {label} <span aria-hidden="true">▾</span>
      </button>
      {isOpen.value && (
        <div class="popup-window" id={id} role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
