const COLUMNS_MAX = 200;

/** The values of a CSV row as RFC 4180 writes it. Undefined if a quote is not closed, or there are more than 200 values. */
export function readCsvRow(text: string): string[] | undefined {
  const values: string[] = [];
  for (let at = 0; at <= text.length; at++) {
    if (values.length === COLUMNS_MAX) return undefined;
    const isQuoted = text[at] === '"';
    const end = isQuoted ? closingQuote(text, at + 1) + 1 : text.indexOf(',', at);
    if (isQuoted && end === 0) return undefined;
    const value = text.slice(at, end < 0 ? undefined : end);
    values.push(isQuoted ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end < 0 || end >= text.length) return values;
    if (text[end] !== ',') return undefined;
    at = end;
  }
  return [...values, ''];
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}

/** Whether a row that has a quote open before this text has one open after it. */
export function quoteIsOpen(text: string, before = false): boolean {
  let open = before;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) open = !open;
  return open;
}
