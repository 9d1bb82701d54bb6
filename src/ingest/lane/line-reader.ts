import type { CopyEncoder } from '../../db/row/copy-encoder.ts';
import { EncodedRecord } from '../../db/row/encoded-record.ts';
import { placeOf, ROW_VALUES } from '../../db/row/row.ts';
import { errorTypeIn } from '../../log/error-type.ts';
import { fillAction } from '../../log/http-exchange.ts';
import { storableText, VALUE_BYTES } from '../../log/json.ts';
import { levelIndex, SEVERITY_DEFAULT } from '../../log/level.ts';
import { type Arrival, INDEXED_TEXT_BYTES_MAX, type Redactor, UNKNOWN_SERVICE } from '../../log/record.ts';
import type { Stamp } from '../../log/stamp.ts';
import type { Made } from '../../log-file/entries/entry.ts';
import type { Reader, Value } from '../../record-names/value-readers.ts';
import type { Defaults } from '../defaults.ts';
import { ByteMemo } from './byte-memo.ts';
import { type Column, isKept, isStamped, type Kept, ROW_COLUMNS } from './columns.ts';
import { ESCAPED, NULL, NUMBER, RAW, STRING, TRUE } from './json-bytes.ts';
import type { KeyPath } from './key-path.ts';
import { LineScan } from './line-scan.ts';
import { type Plan, planOf, type Taken } from './plan.ts';

/** A longer line gains little here. */
const READ_BYTES_MAX = 64 * 1024;
/** The memory of an encoded record beside its row. */
const RECORD_BYTES = 300;
/** `copyData` writes the id of the batch. */
const NO_BATCH = 0;

const TIMESTAMP = placeOf('timestamp');
const SEVERITY = placeOf('severityNumber');
const STACK_TRACE = placeOf('stackTrace');
const HTTP_METHOD = placeOf('httpMethod');
const HTTP_PATH = placeOf('httpPath');

/** Thrown where the line must be read as text. It is one object: an error with a stack takes longer than a line. */
const NOT_HERE = new Error('the line is read as text');

interface LineAt {
  bytes: Buffer;
  from: number;
  to: number;
  at: number;
}

/** What is said beside the line. */
interface Surroundings {
  arrival: Arrival;
  defaults: Defaults;
}

/** Reads lines of all bodies, one at a time. It remembers the paths of their keys. */
export class LineReader {
  readonly #redactor: Redactor | null;
  readonly #scan: LineScan;
  readonly #names = new ByteMemo((name) => name);
  readonly #levelsOf = new Map<Reader, ByteMemo<Value | undefined>>();
  #bytes: Buffer = Buffer.alloc(0);

  constructor(redactor: Redactor | null) {
    this.#redactor = redactor;
    this.#scan = new LineScan(redactor);
  }

  /** Writes the row of the record behind `rows`. */
  read({ bytes, from, to, at }: LineAt, rows: CopyEncoder, around: Surroundings): Made | undefined {
    if (to - from > READ_BYTES_MAX || this.#redactor?.pairs === null) return undefined;
    const scan = this.#scan;
    const path = scan.scan(bytes, from, to);
    if (path === undefined) return undefined;
    const plan = path.plan === undefined ? this.#newPlan(path) : path.plan;
    if (plan === null || (plan.notRaw !== undefined && scan.kind[plan.notRaw] === RAW)) return undefined;
    this.#bytes = bytes;
    const begin = rows.length;
    try {
      const size = scan.characters + scan.values * VALUE_BYTES;
      return { at, size, ...this.#write(plan, rows, around, at) };
    } catch (error) {
      rows.backTo(begin);
      if (error === NOT_HERE) return undefined;
      throw error;
    }
  }

  #newPlan(path: KeyPath<Plan>): Plan | null {
    path.plan = planOf(path, this.#redactor);
    this.#scan.addBytes(path.plan?.bytes ?? 0);
    return path.plan;
  }

  #write(plan: Plan, rows: CopyEncoder, around: Surroundings, at: number): Pick<Made, 'record' | 'said'> {
    const { receivedAt, oldest, newest, stamp } = around.arrival;
    const said = this.#text(plan.taken[TIMESTAMP]);
    const timestamp = said ?? receivedAt;
    if (timestamp < oldest || timestamp > newest) throw NOT_HERE;
    const severityNumber = this.#severity(plan.taken[SEVERITY]);
    const begin = rows.length;
    rows.row(ROW_VALUES);
    rows.int8(NO_BATCH);
    rows.int2(levelIndex(severityNumber));
    rows.timestamptz(timestamp);
    rows.newUid();
    rows.sharedTimestamptz(receivedAt);
    rows.int2(severityNumber);
    const kept: Kept = { service: null, component: null, environment: null, pipelineId: null };
    for (const column of ROW_COLUMNS) {
      const taken = plan.taken[column.place];
      if (column.isNumber) this.#writeNumber(rows, column, taken);
      else if (this.#has(taken)) this.#writeSaid(rows, column, taken, kept, stamp);
      else this.#writeUnsaid(rows, column, plan, kept, around);
    }
    this.#writeAttributes(rows, plan.attributes);
    const service = kept.service ?? UNKNOWN_SERVICE;
    const bytes = RECORD_BYTES + rows.length - begin;
    const fields = { ...kept, service, timestamp, receivedAt, severityNumber, bytes, at };
    return { record: new EncodedRecord(rows.written, begin, rows.length, fields), said };
  }

  /** Whether the sender says it: null says nothing. */
  #has(taken: Taken | undefined): taken is Taken {
    return taken !== undefined && this.#scan.kind[taken.value] !== NULL;
  }

  /** The value as its field has it. Null: the sender does not say it. */
  #value(taken: Taken | undefined): Value | null {
    if (!this.#has(taken)) return null;
    const value = taken.read(this.#sent(taken.value));
    if (value === undefined) throw NOT_HERE;
    return value;
  }

  #sent(value: number): string | number | boolean {
    const { from, to, kind, texts } = this.#scan;
    switch (kind[value]) {
      case STRING:
        return this.#bytes.toString('utf8', from[value], to[value]);
      case ESCAPED:
        return texts[value]!;
      case NUMBER:
        return Number(this.#bytes.toString('latin1', from[value], to[value]));
      case RAW:
        throw NOT_HERE;
      default:
        return kind[value] === TRUE;
    }
  }

  #text(taken: Taken | undefined): string | null {
    const value = this.#value(taken);
    if (typeof value === 'number') throw NOT_HERE;
    return value;
  }

  /** What a reader makes of the words of levels. */
  #levels(read: Reader): ByteMemo<Value | undefined> {
    const known = this.#levelsOf.get(read) ?? new ByteMemo(read);
    this.#levelsOf.set(read, known);
    return known;
  }

  #severity(taken: Taken | undefined): number {
    if (!this.#has(taken)) return SEVERITY_DEFAULT;
    const { from, to, kind } = this.#scan;
    const { value } = taken;
    const isText = kind[value] === STRING;
    const known = isText ? this.#levels(taken.read).get(this.#bytes, from[value]!, to[value]!) : this.#value(taken);
    if (typeof known !== 'number') throw NOT_HERE;
    return known;
  }

  #writeNumber(rows: CopyEncoder, { field }: Column, taken: Taken | undefined): void {
    const value = this.#value(taken);
    if (typeof value === 'string' || (value !== null && !Number.isFinite(value))) throw NOT_HERE;
    if (field === 'httpStatus') rows.int4(value);
    // Without -0, as `makeRecord` has it.
    else rows.float8(value === null ? null : value + 0);
  }

  /** Copies a text that its field has as it stands. Any other is read. */
  #writeSaid(rows: CopyEncoder, column: Column, taken: Taken, kept: Kept, stamp: Stamp | null): void {
    const { from, to, kind, suspect } = this.#scan;
    const { field, isIndexed, isRedacted } = column;
    const { value } = taken;
    const begin = from[value]!;
    const end = to[value]!;
    if (kind[value] !== STRING || !taken.isCopied) {
      const text = this.#text(taken)!;
      if (isRedacted && !this.#scan.isClean(text)) throw NOT_HERE;
      writeText(rows, text, isIndexed);
      keep(kept, field, text, stamp);
      return;
    }
    if (begin === end && !taken.takesEmpty) throw NOT_HERE;
    if (taken.isId && this.#bytes[begin] === 0x30 && this.#bytes[begin + 1] === 0x78) throw NOT_HERE;
    if (isIndexed && end - begin > INDEXED_TEXT_BYTES_MAX) throw NOT_HERE;
    if (isRedacted && suspect[value] && !this.#scan.isClean(this.#sent(value) as string)) throw NOT_HERE;
    rows.textBytes(this.#bytes, begin, end);
    if (isKept(field) || isStamped(field)) keep(kept, field, this.#names.get(this.#bytes, begin, end), stamp);
  }

  /** What a field has of which the sender says nothing. */
  #writeUnsaid(
    rows: CopyEncoder,
    { field, isIndexed }: Column,
    plan: Plan,
    kept: Kept,
    { arrival, defaults }: Surroundings,
  ): void {
    let text: string | null = null;
    switch (field) {
      case 'message':
        text = '';
        break;
      case 'component':
      case 'host':
        text = defaults[field] || null;
        break;
      case 'service':
        text = defaults.service || UNKNOWN_SERVICE;
        break;
      case 'environment':
      case 'deploymentVersion':
        text = defaults[field] || arrival[field];
        break;
      case 'action':
        text = this.#httpAction(plan);
        break;
      case 'errorType':
        text = this.#errorType(plan);
    }
    const { stamp } = arrival;
    if (isStamped(field) && stamp !== null && stamp[field] !== null) {
      if (defaults[field]) requireStamp(field, defaults[field], stamp);
      text = stamp[field];
    }
    if (text === null) rows.text(null);
    else writeText(rows, text, isIndexed);
    if (isKept(field)) kept[field] = text;
  }

  /** Of a record that has only a stack trace. */
  #errorType({ taken }: Plan): string | null {
    const trace = this.#text(taken[STACK_TRACE]);
    return trace === null ? null : (errorTypeIn(trace) ?? null);
  }

  /** The `action` of a record that has none but an HTTP request. */
  #httpAction({ taken }: Plan): string | null {
    const httpMethod = this.#text(taken[HTTP_METHOD]);
    const httpPath = httpMethod && this.#text(taken[HTTP_PATH]);
    const action = httpPath ? fillAction({ httpMethod, httpPath }).action! : null;
    if (action !== null && !this.#scan.isClean(action)) throw NOT_HERE;
    return action;
  }

  #writeAttributes(rows: CopyEncoder, pieces: Plan['attributes']): void {
    const { from, to, kind, suspect } = this.#scan;
    const begin = rows.beginJsonb();
    for (const piece of pieces) {
      if (typeof piece !== 'number') {
        rows.jsonPiece(piece, 0, piece.length);
        continue;
      }
      const isText = kind[piece] === STRING || kind[piece] === ESCAPED;
      if (isText && suspect[piece] && !this.#scan.isClean(this.#sent(piece) as string)) throw NOT_HERE;
      const quote = isText ? 1 : 0;
      rows.jsonPiece(this.#bytes, from[piece]! - quote, to[piece]! + quote);
    }
    rows.endJsonb(begin);
  }
}

function keep(kept: Kept, field: Column['field'], text: string, stamp: Stamp | null): void {
  if (isStamped(field) && stamp !== null) requireStamp(field, text, stamp);
  if (isKept(field)) kept[field] = text;
}

/** What is said otherwise than the stamp goes to the attributes. */
function requireStamp(field: keyof Stamp, text: string, stamp: Stamp): void {
  if (stamp[field] !== null && stamp[field] !== text) throw NOT_HERE;
}

/** A text that is longer than its field moves to the attributes. */
function writeText(rows: CopyEncoder, text: string, isIndexed: boolean): void {
  if (isIndexed && text.length * 3 > INDEXED_TEXT_BYTES_MAX) throw NOT_HERE;
  if (storableText(text) !== text) throw NOT_HERE;
  rows.text(text);
}
