import { signal } from '@preact/signals';

/** A key for this tab alone. With a session the browser sends a cookie instead, which no script reads. */
export const tabKey = signal<string | null>(null);

/** Whether the server asked for a key that this page does not have. */
export const needsSignIn = signal(false);

export const keyHeaders = (): Record<string, string> =>
  tabKey.value === null ? {} : { authorization: `Bearer ${tabKey.value}` };

export function sessionEnded(): void {
  needsSignIn.value = true;
}
