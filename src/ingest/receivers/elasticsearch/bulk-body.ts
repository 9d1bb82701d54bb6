import { BodyRejected } from '../../../errors.ts';
import { isJsonObject, tryJson } from '../../../log/json.ts';
import { shown, shownJson } from '../../../log/shown.ts';

export type Operation = 'index' | 'create' | 'update' | 'delete';
const OPERATIONS: readonly string[] = ['index', 'create', 'update', 'delete'] satisfies Operation[];

/** One operation of a bulk request, and where its document is in the body. */
export interface BulkItem {
  operation: Operation;
  index: string;
  /** Null: the sender leaves it to the server. */
  id: string | null;
  begin: number;
  end: number;
}

/** Of one body. With `ACTION_BYTES_MAX` it bounds what parsing makes of few bytes. */
export const ITEMS_MAX = 100_000;
/** Of the line before a document: names, an id, a routing. */
const ACTION_BYTES_MAX = 8 * 1024;
/** Bytes of an index or id, as in Elasticsearch. */
const NAME_BYTES_MAX = 512;
/** Other work may run after so many items, or bytes between them. */
const ITEMS_PER_PIECE = 50;
const BLANKS_PER_PIECE = 64 * 1024;

const LF = 0x0a;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Finds the items of a bulk request, and adds them to `items`; between its pieces, other work may run. `defaultIndex`: of the path.
 * The body may lack its last newline. Blank lines between items are left out.
 * @throws BodyRejected 400 a line that should be an action is none, or a document is missing. 413 too many items
 */
export function* findItems(body: Buffer, defaultIndex: string | null, items: BulkItem[]): Generator<void> {
  let at = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let line = 1;
  /** The rest of this line. */
  const takeLine = (): { begin: number; end: number } => {
    const lf = body.indexOf(LF, at);
    const taken = { begin: at, end: lf < 0 ? body.length : lf };
    at = taken.end + 1;
    line++;
    return taken;
  };
  while (at < body.length) {
    if (body[at]! <= SPACE) {
      if (body[at] === LF) line++;
      if (++at % BLANKS_PER_PIECE === 0) yield;
      continue;
    }
    const actionLine = line;
    const { begin, end } = takeLine();
    const item = readAction(body.subarray(begin, end), actionLine, defaultIndex);
    if (item.operation !== 'delete') {
      if (at >= body.length)
        throw malformed(actionLine, 'expected a document in the next line, got the end of the body');
      Object.assign(item, takeLine());
    }
    if (items.push(item) > ITEMS_MAX) throw tooMany();
    if (items.length % ITEMS_PER_PIECE === 0) yield;
  }
}

/** The other keys of an action (`_type`, `routing`, `pipeline`, `require_alias`) have no meaning here. */
function readAction(bytes: Buffer, line: number, defaultIndex: string | null): BulkItem {
  if (bytes.length > ACTION_BYTES_MAX) throw malformed(line, `expected at most ${ACTION_BYTES_MAX} bytes, got more`);
  const text = bytes.toString();
  const action = tryJson(text);
  const [operation = '', meta] = (isJsonObject(action) && Object.entries(action)[0]) || [];
  if (!OPERATIONS.includes(operation) || !isJsonObject(meta)) {
    throw malformed(line, `expected {"create":{...}} or {"index":{...}}, got ${shown(text)}`);
  }
  const index = nameOf(meta._index ?? defaultIndex, '_index', line);
  if (index === null) throw malformed(line, 'index is missing: expected it as _index, or in the path');
  return { operation: operation as Operation, index, id: nameOf(meta._id, '_id', line), begin: 0, end: 0 };
}

function nameOf(value: unknown, key: string, line: number): string | null {
  if (value === undefined || value === null || value === '') return null;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && Buffer.byteLength(text) <= NAME_BYTES_MAX) return text;
  throw malformed(line, `${key}: expected a text of at most ${NAME_BYTES_MAX} bytes, got ${shownJson(value)}`);
}

const malformed = (line: number, what: string): BodyRejected =>
  new BodyRejected(
    400,
    'INVALID_BULK',
    `Malformed action/metadata line [${line}]: ${what}. Nothing of the request is stored`,
  );

const tooMany = (): BodyRejected =>
  new BodyRejected(
    413,
    'TOO_MANY_ITEMS',
    `expected at most ${ITEMS_MAX} items in a bulk request, got more: send smaller ones`,
  );
