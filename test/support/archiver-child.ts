/** Archives what is due, as the server does in the background. Its third argument names a step at which it stops for ever, and says so. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { openArchive } from '../../src/db/archive/archive.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { createArchiver } from '../../src/maintenance/archiver.ts';
import { unwatched } from './archive.ts';

const [url, folder, stopAt = '', nth = '1'] = process.argv.slice(2) as [string, string, string?, string?];
const sql = connect(url, { max: 3, statementTimeoutMs: 60_000 });
await using archive = openArchive({ folder, tempFolder: join(`${folder}-child`, 'reader') });
let times = 0;
const archiver = createArchiver({
  databaseUrl: url,
  sql: withArchive(sql, archive),
  folder,
  tempFolder: join(`${folder}-child`, 'writer'),
  afterMs: 5 * 86_400_000,
  archiving: unwatched(),
  isBusy: () => false,
  log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })),
  waits: { mergeMs: 0, rewriteMs: 0 },
  async at(step) {
    if (step !== stopAt || ++times < Number(nth)) return;
    writeSync(1, `at ${step}\n`);
    // A promise alone keeps no process alive.
    await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  },
});
await archiver.archiveDue(new AbortController().signal);
await disconnect(sql);
writeSync(1, 'done\n');
