/**
 * Where archiving is: before rows are read, before and after a file gets its name, before its transaction, in it under the locks and at its
 * end, after it, before and after a file is deleted.
 */
export type ArchiveStep =
  | 'slice'
  | 'written'
  | 'renamed'
  | 'checked'
  | 'locked'
  | 'dropped'
  | 'committed'
  | 'unlink'
  | 'unlinked';

/** Called at each step. Archiving goes on when it resolves. */
export type AtStep = (step: ArchiveStep) => Promise<void>;
