import { WeirError } from '../../errors.ts';

/** A file or pipe whose bytes are no log. */
export class UnreadableInput extends WeirError {
  readonly code = 'UNREADABLE_INPUT';
}
