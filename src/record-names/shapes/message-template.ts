import { isJsonObject, type JsonObject } from '../../log/json.ts';

/** A longer message is not rendered: a long value in many holes would grow without a limit. */
const RENDERED_CHARACTERS_MAX = 64 * 1024;
const ALIGNMENT_MAX = 200;
const DIGITS_MAX = 20;

/** `{{`, `}}`, or a hole: `{Name}`, `{@Obj}`, `{Elapsed,10:0.00}`. */
const PART = /\{\{|\}\}|\{([@$]?)(\w{1,100})(?:,(-?\d{1,9}))?(?::([^{}]{1,100}))?\}/g;

/**
 * A message template (messagetemplates.org) with its values. A hole without a value stays as it is written.
 * @param renderings what the sender made of the holes with a format, in their order
 */
export function renderTemplate(template: string, values: JsonObject, renderings: unknown): string {
  const parts: string[] = [];
  let length = 0;
  let copied = 0;
  let formatted = 0;
  for (const found of template.matchAll(PART)) {
    const [hole, , name, alignment, format] = found;
    const rendering = format !== undefined && Array.isArray(renderings) ? renderings[formatted++] : undefined;
    const before = template.slice(copied, found.index);
    const part = name === undefined ? hole[0]! : filled(hole, values, { name, alignment, format, rendering });
    copied = found.index + hole.length;
    length += before.length + part.length;
    if (length > RENDERED_CHARACTERS_MAX) return template;
    parts.push(before, part);
  }
  parts.push(template.slice(copied));
  return parts.join('');
}

interface Hole {
  name: string;
  alignment: string | undefined;
  format: string | undefined;
  rendering: unknown;
}

function filled(hole: string, values: JsonObject, { name, alignment, format, rendering }: Hole): string {
  if (!Object.hasOwn(values, name)) return hole;
  return aligned(typeof rendering === 'string' ? rendering : formattedValue(values[name], format), alignment);
}

function aligned(text: string, alignment: string | undefined): string {
  const width = Math.min(Math.abs(Number(alignment ?? 0)), ALIGNMENT_MAX);
  return alignment?.startsWith('-') ? text.padEnd(width) : text.padStart(width);
}

/** By .NET's numeric formats; by another format, the bare value. */
function formattedValue(value: unknown, format: string | undefined): string {
  if (typeof value === 'number' && format !== undefined) {
    return standardFormat(value, format) ?? customFormat(value, format) ?? String(value);
  }
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** `N2`, `F2`, `D4`, `X8`, `P`, `E3`. */
function standardFormat(value: number, format: string): string | undefined {
  const [, kind, precision] = /^([NFDXPE])(\d{0,2})$/i.exec(format) ?? [];
  if (kind === undefined) return undefined;
  const digits = precision ? Math.min(Number(precision), DIGITS_MAX) : undefined;
  switch (kind.toUpperCase()) {
    case 'N':
      return grouped(fixed(value, digits ?? 2));
    case 'F':
      return fixed(value, digits ?? 2);
    case 'P':
      return `${grouped(fixed(value * 100, digits ?? 2))} %`;
    case 'E':
      return exponential(value, digits ?? 6, kind);
    default:
      return Number.isSafeInteger(value) ? integer(value, kind, digits ?? 1) : undefined;
  }
}

/** Above 1e21, `toFixed` would write an exponent. */
const fixed = (value: number, digits: number): string =>
  Math.abs(value) < 1e21 ? value.toFixed(digits) : String(value);

const grouped = (digits: string): string =>
  digits.replace(/\d+/, (whole) => {
    const head = whole.length % 3;
    const threes = whole.slice(head).match(/\d{3}/g) ?? [];
    return (head > 0 ? [whole.slice(0, head), ...threes] : threes).join(',');
  });

function integer(value: number, kind: string, width: number): string | undefined {
  if (kind === 'D' || kind === 'd') {
    return `${value < 0 ? '-' : ''}${String(Math.abs(value)).padStart(width, '0')}`;
  }
  if (value < 0) return undefined;
  const hex = value.toString(16).padStart(width, '0');
  return kind === 'X' ? hex.toUpperCase() : hex;
}

/** .NET writes at least three digits of the exponent: `1.23E+004`. */
const exponential = (value: number, digits: number, letter: string): string =>
  value
    .toExponential(digits)
    .replace(/e([+-])(\d+)$/, (_, sign: string, power: string) => `${letter}${sign}${power.padStart(3, '0')}`);

/** `000`, `0.00`, `#,##0.0#`, `0.0%`. */
function customFormat(value: number, format: string): string | undefined {
  const [, whole, fraction = '', percent] = /^([#,0]*[#0])(?:\.([0#]{1,20}))?(%?)$/.exec(format) ?? [];
  if (whole === undefined) return undefined;
  const least = fraction.replace(/#{1,20}$/, '').length;
  const [digits, decimals = ''] = fixed(Math.abs(percent ? value * 100 : value), fraction.length).split('.');
  const padded = digits!.padStart(whole.replace(/[^0]/g, '').length, '0');
  const kept = decimals.slice(0, least) + decimals.slice(least).replace(/0{1,20}$/, '');
  const text = `${whole.includes(',') ? grouped(padded) : padded}${kept ? `.${kept}` : ''}${percent}`;
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}

/** The values of a template: beside it, or in an object of Serilog's older formatter. */
export const valuesOf = (object: JsonObject): JsonObject =>
  isJsonObject(object.Properties) ? (object.Properties as JsonObject) : object;
