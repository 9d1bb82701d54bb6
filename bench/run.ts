/**
 * `npm run bench`: each figure of Weir, compared with the raw limit in the same run on the same PostgreSQL. `npm run bench ingest`
 * runs one part.
 */
import { benchAlerts } from './alerts.ts';
import { benchArchive } from './archive/archive.ts';
import { benchClient } from './client.ts';
import { benchFanOut, benchFilters, benchSaturation } from './fan-out.ts';
import { benchGuarded } from './guarded.ts';
import { benchIngest, benchOneRecord } from './ingest.ts';
import { benchDelivery } from './live.ts';
import { benchLlm } from './llm.ts';
import { benchLoop } from './loop.ts';
import { benchMonths } from './months.ts';
import { benchNeutral } from './neutral/neutral.ts';
import { benchPage } from './page/page.ts';
import { benchQuery } from './query.ts';
import { benchRedact } from './redact.ts';
import { benchSenders } from './senders/senders.ts';
import { openSetting, type Setting } from './setting.ts';

const PARTS: Record<string, (setting: Setting) => Promise<void>> = {
  ingest: benchIngest,
  guarded: benchGuarded,
  redact: benchRedact,
  one: benchOneRecord,
  query: benchQuery,
  page: benchPage,
  months: benchMonths,
  llm: benchLlm,
  alerts: benchAlerts,
  delivery: benchDelivery,
  fanout: benchFanOut,
  filters: benchFilters,
  saturation: benchSaturation,
  loop: benchLoop,
  client: benchClient,
  senders: benchSenders,
  neutral: benchNeutral,
  archive: benchArchive,
};

const wanted = process.argv.slice(2);
await using setting = await openSetting();
for (const [name, bench] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) await bench(setting);
