/** GraphiQL shows the last records of a tail, up to this number. */
const SHOWN_MAX = 200;

/**
 * A script for GraphiQL's page. GraphiQL shows only the last result of a subscription, so that of a tail each batch would
 * replace the one before. The script puts the records that came before below the new ones: `logs` of every object in a result
 * of a subscription, the newest record first.
 */
export const TAIL_SCRIPT = `(${collectTails})(${SHOWN_MAX})`;

/** Runs in the browser. graphql-ws sets \`onmessage\`. */
function collectTails(shownMax: number): void {
  interface Message {
    id?: string;
    type?: string;
    payload?: { data?: Record<string, { logs?: unknown[] } | null> | null };
  }
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    readonly #shown = new Map<string, unknown[]>();
    override set onmessage(listener: ((event: MessageEvent) => void) | null) {
      super.onmessage =
        listener && ((event) => listener(new MessageEvent('message', { data: this.#collected(event.data) })));
    }
    #collected(text: string): string {
      const message = JSON.parse(text) as Message;
      let changed = false;
      for (const [name, value] of Object.entries(message.payload?.data ?? {})) {
        if (message.type !== 'next' || !Array.isArray(value?.logs)) continue;
        const key = `${message.id} ${name}`;
        value.logs = [...value.logs.toReversed(), ...(this.#shown.get(key) ?? [])].slice(0, shownMax);
        this.#shown.set(key, value.logs);
        changed = true;
      }
      return changed ? JSON.stringify(message) : text;
    }
  };
}
