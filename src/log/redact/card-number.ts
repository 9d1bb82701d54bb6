/** Digits of an issuer's numbers: what they begin with, and how many there are. */
const ISSUERS: readonly (readonly [begins: RegExp, digits: readonly number[]])[] = [
  [/^4/, [16]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:30[0-5]|3[689])/, [14]],
  [/^(?:6011|64[4-9]|65)/, [16]],
  [/^(?:352[89]|35[3-8])/, [16]],
  [/^62/, [16, 19]],
];

/** The digits of the shortest card number. */
export const CARD_DIGITS_MIN = 14;

/** Whether digits, with spaces or hyphens between groups, are a card number: issuer's prefix, length and check digit. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  return ISSUERS.some(([begins, lengths]) => lengths.includes(digits.length) && begins.test(digits)) && hasLuhn(digits);
}

/** ISO/IEC 7812-1, annex B. */
function hasLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
