/** A longer event is not read: no model answers so much at once. */
const EVENT_CHARS_MAX = 1024 * 1024;

/**
 * Reads the data of server-sent events from the bytes of a stream, in pieces of any size.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createEventReader(onData: (data: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  let isSkipping = false;
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (!isSkipping && line.startsWith('data:')) onData(line.slice(5).trim());
      isSkipping = false;
    }
    if (rest.length > EVENT_CHARS_MAX) {
      rest = '';
      isSkipping = true;
    }
  };
}
