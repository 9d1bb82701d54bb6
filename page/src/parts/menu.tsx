import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import './menu.css';

export interface MenuItem {
  label: string;
  run: () => void;
  /** The one of several that holds now. */
  checked?: boolean;
}

interface Props {
  /** What the button shows. */
  children: ComponentChildren;
  /** What the menu is for, to a screen reader. */
  label: string;
  /** The button is known by what it shows. */
  isNamedByContent?: boolean;
  items: () => readonly MenuItem[];
  class?: string;
}

/** A button that opens a list of actions. Arrows go through them, Enter does one, Escape and a click beside them close the list. */
export function MenuButton({ children, label, isNamedByContent = false, items, class: className = 'plain' }: Props) {
  const isOpen = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={className}
        {...(!isNamedByContent && { 'aria-label': label })}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={(event) => {
          event.stopPropagation();
          isOpen.value = !isOpen.value;
        }}
      >
        {children}
      </button>
      {isOpen.value && (
        <Menu
          label={label}
          anchor={button.current!}
          items={items()}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}

interface MenuProps {
  label: string;
  anchor: HTMLElement;
  items: readonly MenuItem[];
  onClose: () => void;
}

/** It stands in the top layer of the browser: nothing that scrolls cuts it off. */
function Menu({ label, anchor, items, onClose }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = list.current!;
    menu.showPopover();
    place(menu, anchor.getBoundingClientRect());
    menu.querySelector('button')?.focus({ preventScroll: true });
    const onToggle = (event: Event): void => {
      if ((event as ToggleEvent).newState === 'closed') onClose();
    };
    menu.addEventListener('toggle', onToggle);
    return () => menu.removeEventListener('toggle', onToggle);
  }, []);
  return (
    <div ref={list} class="menu" role="menu" aria-label={label} popover="auto" onKeyDown={moveFocus}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
          {...(item.checked !== undefined && { 'aria-checked': item.checked })}
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onClose();
            anchor.focus({ preventScroll: true });
            item.run();
          }}
        >
          {item.label}
        </button>
      ))}
    </div>
  );
}

const GAP_PX = 4;

/** Below its button, or above it where there is no room; within the window. */
function place(menu: HTMLElement, { left, top, bottom }: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  const below = bottom + GAP_PX;
  menu.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
  menu.style.top = `${Math.max(GAP_PX, below + height > innerHeight ? top - height - GAP_PX : below)}px`;
}

function moveFocus(event: KeyboardEvent): void {
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  // The table below has keys of its own.
  event.stopPropagation();
  if (to === undefined) return;
  event.preventDefault();
  buttons.at(to % buttons.length)?.focus();
}
