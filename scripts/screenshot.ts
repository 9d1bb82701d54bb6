/**
 * `npx node scripts/screenshot.ts`: makes docs/graphiql.png, the picture in docs/api.md. It seeds a database of its own, starts
 * a server, and takes the picture of GraphiQL with Chromium (`apt-get install chromium`). The data are the same every time.
 */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findProgram } from '../test/support/program.ts';
import { remove, spawnServer, spawnWeir, temporaryFolder } from '../test/support/server.ts';

const PICTURE = join(import.meta.dirname, '../docs/graphiql.png');
const SEED = ['seed', '--rows', '20000', '--days', '2', '--until', '2025-06-03T12:00:00Z'];
const SEED_WITHIN_MS = 300_000;
const PAGE_WITHIN_MS = 60_000;
/** The editors colour their text a little later than they show it. */
const COLOURED_MS = 1500;
const SIZE = { width: 1280, height: 760 };

/** Chains of records across services: where each failed first. Lines are short: the editor is narrow. */
const QUERY = `# Orders that failed in billing
query FailedOrders {
  correlations(
    filter: {
      query: "service:billing level:error"
    }
    time: { from: "2025-06-01" }
    first: 3
  ) {
    nodes {
      correlationId
      services
      durationMs
      firstError {
        timestamp
        component
        message
      }
      steps {
        service
        component
        logCount
        highestLevel
      }
    }
  }
}`;

const program = findProgram('chromium', 'chromium');
if (!program) throw new Error('expected the program chromium, found none: install it with `apt-get install chromium`');
const dataDir = await temporaryFolder();
try {
  {
    await using seeding = spawnWeir(SEED, { DATA_DIR: dataDir });
    await seeding.says(/records stored/, SEED_WITHIN_MS);
    await seeding.exited;
  }
  await using server = await spawnServer({ DATA_DIR: dataDir });
  await takePicture(server.url);
  server.process.kill('SIGTERM');
  await server.exited;
} finally {
  await remove(dataDir);
}

async function takePicture(url: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({ viewport: SIZE });
    page.setDefaultTimeout(PAGE_WITHIN_MS);
    await page.goto(`${url}/graphql?query=${encodeURIComponent(QUERY)}`);
    // A key in the editor gives the tab the name of the operation.
    await page.locator('.graphiql-query-editor').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('"firstError"').first().waitFor();
    await page.mouse.move(SIZE.width / 2, SIZE.height - 5);
    await page.evaluate('document.activeElement?.blur()');
    await page.waitForTimeout(COLOURED_MS);
    await page.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
  }
}
