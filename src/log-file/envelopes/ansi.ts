/** Colours and other sequences that programs write for a terminal (ECMA-48): CSI, OSC, and those of two characters. */
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]+[0-~]|[0-Z\\^-~])/g;

/** The text without them. JSON writes them as `\u001b`, so a JSON record keeps those of its message. */
export const withoutAnsi = (line: string): string => (line.includes('\u001b') ? line.replace(SEQUENCE, '') : line);
