import { effect, type Signal, signal } from '@preact/signals';

/**
 * A choice that this browser remembers. It is for what a person likes (theme, widths of columns, history), never for what is shown:
 * that is in the URL. Where the browser keeps nothing (private windows), the choice holds until the page is closed.
 */
export function storedSignal<Value>(name: string, initial: Value): Signal<Value> {
  const stored = signal<Value>(read(name) ?? initial);
  effect(() => {
    try {
      localStorage.setItem(`weir.${name}`, JSON.stringify(stored.value));
    } catch {}
  });
  return stored;
}

function read<Value>(name: string): Value | undefined {
  try {
    return JSON.parse(localStorage.getItem(`weir.${name}`) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
