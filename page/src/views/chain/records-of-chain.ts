import { quotedText } from '../../../../src/log/query-language/query-scanner.ts';
import type { UrlChange } from '../../state/url.ts';
import { ALL_TIME } from '../../text/time-text.ts';

/** The records view with the records of one chain, and with one of them open. */
export const recordsOfChain = (id: string, record?: string): UrlChange & { q: string } => ({
  view: undefined,
  q: `correlationId:${quotedText(id)}`,
  last: ALL_TIME,
  from: undefined,
  to: undefined,
  record,
});
