import { effect, signal } from '@preact/signals';

/** In `sessionStorage`, which belongs to the tab. GraphiQL's page uses the same name. */
const NAME = 'weir.key';

/** A key for this tab alone. With a session the browser sends a cookie instead, which no script reads. */
export const tabKey = signal<string | null>(readKey());

/** Where the browser keeps nothing, the key holds until the page is closed. */
effect(() => {
  try {
    if (tabKey.value === null) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, tabKey.value);
  } catch {}
});

function readKey(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

/** Whether the server asked for a key that this page does not have. */
export const needsSignIn = signal(false);

export const keyHeaders = (key = tabKey.peek()): Record<string, string> =>
  key === null ? {} : { authorization: `Bearer ${key}` };

/** The key or the session no longer holds. */
export function sessionEnded(): void {
  tabKey.value = null;
  needsSignIn.value = true;
}
