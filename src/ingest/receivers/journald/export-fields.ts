import { BodyRejected } from '../../../errors.ts';
import { shown } from '../../../log/shown.ts';
import { createBegunMessage } from '../../listeners/begun-message.ts';

/** As systemd's DATA_SIZE_MAX: a length beyond it is broken. */
const FIELD_BYTES_MAX = 768 * 1024 * 1024;
const LENGTH_BYTES = 8;
const LF = 0x0a;
const EQUALS = 0x3d;
const NAME = /^[A-Za-z0-9_]{1,64}$/;
const NOTHING = Buffer.alloc(0);

/** A field of an entry, or null: the entry ends. A value that is too long is null, and its bytes are skipped. */
export type ExportField = { name: string; value: string | null } | null;

export interface ExportFields {
  /** @throws BodyRejected 400: nothing after it can be read */
  push(chunk: Uint8Array): Generator<ExportField>;
  /** Whether a field has begun and not ended. */
  readonly isUnfinished: boolean;
}

/**
 * Splits the Journal Export Format, whose bytes arrive in chunks of any length: `NAME=text` and a newline, or for any bytes the name,
 * a newline, their count as 8 bytes, the bytes and a newline. An entry ends with an empty line.
 * Format: systemd, "Journal Export Formats".
 */
export function createExportFields(valueBytesMax: number): ExportFields {
  const held = createBegunMessage(valueBytesMax);
  /** Of a line, a length or a value: the bytes that have come, also those that are skipped. */
  let come = 0;
  let state: 'line' | 'length' | 'value' | 'newline' = 'line';
  /** Of a length or a value: the bytes that are still to come. */
  let missing = 0;
  let name = '';

  function hold(piece: Buffer): void {
    come += piece.length;
    held.add(piece);
  }

  /** What has come, cut if it is too long. */
  function finish(last: Buffer): { bytes: Buffer; isCut: boolean } {
    const isCut = come + last.length > valueBytesMax;
    come = 0;
    return { bytes: held.finish(last), isCut };
  }

  /** Undefined: it is the name of a field whose value follows. */
  function fieldOfLine(last: Buffer): ExportField | undefined {
    const { bytes, isCut } = finish(last);
    if (bytes.length === 0) return null;
    const equals = bytes.indexOf(EQUALS);
    name = bytes.toString('utf8', 0, equals < 0 ? bytes.length : equals);
    if (equals >= 0) return { name, value: isCut ? null : bytes.toString('utf8', equals + 1) };
    if (!NAME.test(name)) throw broken(`expected NAME=value or a name, got ${shown(name)}`);
    state = 'length';
    missing = LENGTH_BYTES;
    return undefined;
  }

  /** Checked before anything is held. */
  function beginValue(length: bigint): ExportField | undefined {
    if (length > FIELD_BYTES_MAX) {
      throw broken(`expected a field ${name} of at most ${FIELD_BYTES_MAX} bytes, got ${length}`);
    }
    state = 'value';
    missing = Number(length);
    return missing === 0 ? fieldOfBytes(NOTHING) : undefined;
  }

  function fieldOfBytes(last: Buffer): ExportField | undefined {
    const { bytes, isCut } = finish(last);
    if (state === 'length') return beginValue(bytes.readBigUInt64LE());
    state = 'newline';
    return { name, value: isCut ? null : bytes.toString() };
  }

  return {
    *push(chunk) {
      const body = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let from = 0; from < body.length; ) {
        let field: ExportField | undefined;
        if (state === 'newline') {
          if (body[from++] !== LF) throw broken(`expected a newline behind the bytes of the field ${name}`);
          state = 'line';
        } else if (state === 'line') {
          const end = body.indexOf(LF, from);
          const piece = body.subarray(from, end < 0 ? body.length : end);
          from += piece.length + 1;
          if (end < 0) hold(piece);
          else field = fieldOfLine(piece);
        } else {
          const piece = body.subarray(from, from + missing);
          from += piece.length;
          missing -= piece.length;
          if (missing > 0) hold(piece);
          else field = fieldOfBytes(piece);
        }
        if (field !== undefined) yield field;
      }
    },
    get isUnfinished() {
      return come > 0 || state !== 'line';
    },
  };
}

const broken = (message: string): BodyRejected => new BodyRejected(400, 'INVALID_JOURNAL', message);
