/** The whole lines of each part of a body. A last line without its end is not a line: the body broke off within it. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let begun: string[] = [];
  for await (const bytes of body) {
    const text = decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf('\n');
    if (end === -1) {
      begun.push(text);
      continue;
    }
    const lines = (begun.join('') + text.slice(0, end)).split('\n');
    begun = [text.slice(end + 1)];
    yield lines;
  }
}
