import type { Block } from './block.ts';

/** The statement that adds blocks, ended by a semicolon. Empty when there are none. Run it in the transaction of their records. */
export const blockStatement = (blocks: readonly Block[]): string =>
  blocks.length === 0
    ? ''
    : `insert into log_blocks (from_ts, to_ts, rows, message_filter, text_filter) values ${blocks.map(valuesOf).join(', ')};`;

/** A timestamp in its canonical text contains no quote. */
const valuesOf = ({ from, to, rows, messageFilter, textFilter }: Block): string =>
  `('${from}', '${to}', ${rows}, '\\x${messageFilter.toString('hex')}', '\\x${textFilter.toString('hex')}')`;
