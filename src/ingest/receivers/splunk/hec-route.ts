import type { Caller } from '../../../access/caller.ts';
import type { JsonObject } from '../../../log/json.ts';
import { now } from '../../../log/time.ts';
import { collectedBody } from '../../../log-file/collected.ts';
import { bodyByLine } from '../../../log-file/entries/entries-by-line.ts';
import { type Entry, entryOfJson } from '../../../log-file/entries/entry.ts';
import { bodyOfJson } from '../../../log-file/entries/json-entries.ts';
import { createClock, withInnerLine } from '../../../log-file/inner-line.ts';
import type { BodyReading, StoreBody } from '../../http/store-body.ts';
import { ackDisabled, healthy, invalidEvent, noData, success } from './answer.ts';
import { createEventReader, METADATA, outerOf } from './event.ts';

/** The paths of Splunk's HTTP Event Collector, and what is below each. */
export const HEC_PATH = '/services/collector';

/**
 * Splunk's HTTP Event Collector: `/services/collector[/event[/1.0]]` takes JSON events one after the other, `/raw` takes lines.
 * Acknowledgements are not offered: success means that the events are stored.
 */
export const createHecRoute =
  (storeBody: StoreBody) =>
  async (request: Request, caller: Caller): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const [, kind = 'event'] = /^\/services\/collector(?:\/(\w+))?/.exec(pathname) ?? [];
    if (kind === 'health') return healthy();
    if (kind === 'ack') return ackDisabled();
    const { result, error } = await storeBody(request, caller, kind === 'raw' ? linesOf : eventsOf);
    if (error !== undefined) throw error;
    const [first] = result.rejected;
    if (first) return invalidEvent(first, result.rejectedCount);
    return result.accepted > 0 ? success() : noData();
  };

function eventsOf(): BodyReading {
  const clock = createClock({ timeZone: 'UTC', now: now() });
  const read = createEventReader(clock);
  const events = bodyOfJson((at, text) => entryOfJson(at, text, read));
  return { format: collectedBody({ readerFor: events }, clock), defaults: {}, storesRepeatsOnce: true };
}

/** `?host=web-1&source=app.log&sourcetype=app` */
function linesOf({ url }: Request): BodyReading {
  const query = new URL(url).searchParams;
  const metadata: JsonObject = Object.fromEntries(METADATA.map((name) => [name, query.get(name)]));
  const clock = createClock({ timeZone: 'UTC', now: now() });
  const entryOf = (at: number, line: string): Entry => {
    const draft = withInnerLine(outerOf({ host: query.get('host') }, metadata), line, clock);
    return { at, size: line.length, draft };
  };
  return { format: collectedBody({ readerFor: bodyByLine(entryOf) }, clock), defaults: {}, storesRepeatsOnce: true };
}
