import { quotedText } from '../../../../src/log/query-language/query-scanner.ts';

import { urlWith } from '../../state/url.ts';
import { ALL_TIME } from '../../text/time-text.ts';

/** The records view with the records of a run, of all time; `more`: further conditions. */
export const recordsUrl = (pipelineId: string, more = ''): string =>
  urlWith({
    view: undefined,
    run: undefined,
    record: undefined,
    q: `pipelineId:${quotedText(pipelineId)}${more}`,
    last: ALL_TIME,
    from: undefined,
    to: undefined,
  });
