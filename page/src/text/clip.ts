/**
 * The first characters of a text as a text of its own. A part that JavaScript cuts off a long text keeps all of it in memory; this
 * one does not. No surrogate pair is cut.
 */
export function clipped(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const units = new Uint16Array(lengthMax);
  for (let i = 0; i < lengthMax; i++) units[i] = text.charCodeAt(i);
  let copy = '';
  for (let at = 0; at < lengthMax; at += COPIED_UNITS)
    copy += String.fromCharCode(...units.subarray(at, at + COPIED_UNITS));
  return copy.isWellFormed() ? copy : copy.toWellFormed();
}

const COPIED_UNITS = 4096;
