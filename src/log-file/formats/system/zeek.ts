import { setOwn } from '../../../log/json.ts';
import type { Draft } from '../../../log/record.ts';
import { timestampFromEpoch } from '../../../log/time.ts';
import { exchangeDraft, msOfSeconds } from '../exchange.ts';
import { type LogFormat, noLine, orNull } from '../log-format.ts';

const COLUMNS_MAX = 200;
const HEAD = /^#(?:separator|set_separator|empty_field|unset_field|path|open|close|fields|types)[\s]/;

/** Zeek's logs: values with tabs between them, whose `#fields` names the columns. `#path` is the component. */
export const zeekFormat: LogFormat = {
  name: 'zeek',
  first: /[\d#]/,
  continues: noLine,
  // Without the names of its columns, a line says nothing.
  parse: () => undefined,
  inFile() {
    let columns: readonly string[] = [];
    let path: string | null = null;
    return {
      ...zeekFormat,
      isHead(line) {
        if (!HEAD.test(line)) return false;
        const [name, ...values] = line.split('\t', COLUMNS_MAX + 1);
        if (name === '#fields') columns = values;
        else if (name === '#path') path = orNull(values[0]);
        return true;
      },
      parse: (line) => draftOf(line, columns, path),
    };
  },
};

function draftOf(line: string, columns: readonly string[], path: string | null): Draft | undefined {
  const values = line.split('\t', COLUMNS_MAX + 1);
  if (values.length !== columns.length) return undefined;
  const row: Record<string, string> = {};
  columns.forEach((name, i) => {
    if (values[i] !== '-' && values[i] !== '(empty)') setOwn(row, name, values[i]!);
  });
  const { ts, method, uri, status_code, user_agent, duration, ...attributes } = row;
  const timestamp = timestampFromEpoch(ts ?? '');
  if (timestamp === undefined) return undefined;
  const exchange = exchangeDraft({
    line,
    timestamp,
    request: method && uri ? `${method} ${uri}` : '',
    status: status_code,
    client: method ? row['id.orig_h'] : undefined,
    userAgent: user_agent,
    durationMs: msOfSeconds(duration),
    attributes,
  });
  return { ...exchange, component: path };
}
