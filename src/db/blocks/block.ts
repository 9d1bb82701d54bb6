import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { createTurns } from '../../timing/turns.ts';
import { GramSet } from '../filter/gram-set.ts';
import { EncodedRecord } from '../row/encoded-record.ts';
import { addTexts, addTextsOfRow, type Texts } from './texts.ts';

// A text search does not read all records. `log_blocks` divides the records into blocks, each with a filter over their
// messages and one over their other texts; a search reads the times of the blocks that its filter lets through.
// - filter/gram-set.ts: what a filter holds. texts.ts: what is not the message.
// - This file: blocks of records.
// - write-blocks.ts: the transaction that stores records adds their blocks.
// - filter/block-test.ts: a filter of records as a test of a block.
// - passing-times.ts: the times that a search reads; read/read-by-blocks.ts: a page of it; records-source.ts: counts of it.
// - fill-gaps.ts: `log_block_gaps` holds times with records that are in no block; a background task makes their blocks.
// - compact-blocks.ts: small blocks are made again as large ones when their partition is sealed.
// - group-blocks.ts: then blocks move into groups (`log_block_groups`), which hold their filters bit by bit: bitmaps.ts.
// - filter/group-test.ts: a filter of records as a test of all blocks of a group.
// - remove-blocks.ts: a clean-up that empties a partition removes its blocks.

/** Records of one hour that follow each other in time. No block reaches into another hour, so none into another partition. */
export interface Block {
  /** The earliest and the latest time, both inclusive. Of a batch's neighbours in an hour, one ends where the next begins. */
  from: Timestamp;
  to: Timestamp;
  rows: number;
  messageFilter: Buffer;
  /** Over all other texts. */
  textFilter: Buffer;
}

/** What a block needs of a record. */
export type Blocked = Pick<NewRecord, 'timestamp' | 'message'> & Texts;

/** Records of one block at most. */
export const BLOCK_ROWS = 250;
/** A block with so many grams ends: a filter of more lets nearly everything through. */
const BLOCK_GRAMS = 8000;

/** Gathers records, oldest first, and cuts them into blocks. */
export class BlockMaker {
  readonly #messages = new GramSet();
  readonly #texts = new GramSet();
  #blocks: Block[] = [];
  #from: Timestamp | null = null;
  #to: Timestamp = '';
  #rows = 0;

  add(record: Blocked): void {
    const { timestamp } = record;
    if (this.#from !== null) {
      const isSameHour = hourOf(timestamp) === hourOf(this.#from);
      if (!isSameHour) this.#end();
      else if (this.#isFull()) {
        this.#to = timestamp;
        this.#end();
      }
    }
    this.#from ??= timestamp;
    this.#to = timestamp;
    this.#rows++;
    if (record instanceof EncodedRecord) addTextsOfRow(this.#messages, this.#texts, record);
    else {
      this.#messages.add(record.message);
      addTexts(this.#texts, record);
    }
  }

  #isFull(): boolean {
    return this.#rows === BLOCK_ROWS || this.#messages.hasAtLeast(BLOCK_GRAMS) || this.#texts.hasAtLeast(BLOCK_GRAMS);
  }

  /** The blocks of all records so far. Those that are added next begin a new one. */
  take(): Block[] {
    this.#end();
    return this.takeEnded();
  }

  /** The blocks that no record will join any more. */
  takeEnded(): Block[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    return blocks;
  }

  #end(): void {
    if (this.#from === null) return;
    this.#blocks.push({
      ...{ from: this.#from, to: this.#to, rows: this.#rows },
      ...{ messageFilter: this.#messages.toFilter(), textFilter: this.#texts.toFilter() },
    });
    this.#messages.clear();
    this.#texts.clear();
    this.#from = null;
    this.#rows = 0;
  }
}

const hourOf = (timestamp: Timestamp): string => timestamp.slice(0, 13);

/** The clock is not free. So many records of the largest size take some 10 ms. */
const ROWS_BETWEEN_LOOKS = 16;

/** Their sets are large: they are used again. There are as many as batches whose blocks are made at the same time. */
const idle: BlockMaker[] = [];

/** The blocks of these records, which are sorted by time. Long work pauses, so that other work can run. */
export async function blocksOf(records: readonly Blocked[]): Promise<Block[]> {
  const maker = idle.pop() ?? new BlockMaker();
  const turns = createTurns();
  for (const [index, record] of records.entries()) {
    maker.add(record);
    if (index % ROWS_BETWEEN_LOOKS === 0 && turns.isOver()) await turns.next();
  }
  const blocks = maker.take();
  idle.push(maker);
  return blocks;
}
