/** Names of time zones that mean one offset. `UTC` and `GMT` are among them. */
const OFFSETS: Readonly<Record<string, string>> = {
  Z: 'Z',
  UTC: 'Z',
  UT: 'Z',
  GMT: 'Z',
  WET: 'Z',
  WEST: '+01:00',
  CET: '+01:00',
  CEST: '+02:00',
  EET: '+02:00',
  EEST: '+03:00',
  MSK: '+03:00',
  SAST: '+02:00',
  HKT: '+08:00',
  SGT: '+08:00',
  JST: '+09:00',
  KST: '+09:00',
  AEST: '+10:00',
  AEDT: '+11:00',
  NZST: '+12:00',
  NZDT: '+13:00',
  BRT: '-03:00',
  EST: '-05:00',
  EDT: '-04:00',
  CDT: '-05:00',
  MST: '-07:00',
  MDT: '-06:00',
  PST: '-08:00',
  PDT: '-07:00',
};
/** Names that several zones have: a time with one is a time of the clock's own zone. */
const AMBIGUOUS = new Set(['CST', 'IST', 'BST', 'AST', 'ADT']);

/** Whether a word after a time names a time zone. */
export const isZoneName = (name: string): boolean => Object.hasOwn(OFFSETS, name) || AMBIGUOUS.has(name);

/** Undefined if the name has no offset of its own. */
export const offsetOfZone = (name: string): string | undefined =>
  Object.hasOwn(OFFSETS, name) ? OFFSETS[name] : undefined;
