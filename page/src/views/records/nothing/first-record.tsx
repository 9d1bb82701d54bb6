import { useEffect } from 'preact/hooks';
import { FirstRecordDocument } from '../../../api/documents.ts';
import { follow } from '../../../api/follow.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { refresh } from '../../../state/search.ts';
import { viewer } from '../../../state/viewer.ts';

/** After a connection was lost. */
const AGAIN_MS = 2000;

/** The database is empty: how to send the first record. It shows it when it comes. */
export function FirstRecord() {
  useEffect(followFirst, []);
  const command = sendCommand(location.origin, viewer.value?.authenticated ?? false);
  return (
    <section class="nothing" aria-labelledby="first-record">
      <h2 id="first-record">No record yet</h2>
      <p>Send the first one from a terminal:</p>
      <div class="command">
        <pre class="mono">{command}</pre>
        <CopyButton text={command} label="Copy" />
      </div>
      {viewer.value?.authenticated && (
        <p>
          This server requires a key. Set <code>WEIR_API_KEY</code> to one with the right INGEST.
        </p>
      )}
      <p class="quiet" role="status">
        <span class="waiting" aria-hidden="true" /> Waiting for the first record. It appears here when it is stored.
      </p>
    </section>
  );
}

/** @returns the command for a shell */
export function sendCommand(origin: string, needsKey: boolean): string {
  return [
    `curl ${origin}/ingest \\`,
    ...(needsKey ? [`  -H "Authorization: Bearer $WEIR_API_KEY" \\`] : []),
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"level":"info","service":"hello","message":"my first record"}'`,
  ].join('\n');
}

/** Waits for a record that is stored: a record may have come just before. */
function followFirst(): () => void {
  let isOver = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let end = (): void => {};
  const start = (): void => {
    end = follow(
      FirstRecordDocument,
      {},
      {
        onData: ({ tail }) => {
          if (tail.logs.length === 0 || isOver) return;
          isOver = true;
          refresh();
        },
        onEnd: () => {
          if (!isOver) again = setTimeout(start, AGAIN_MS);
        },
      },
    );
  };
  start();
  return () => {
    isOver = true;
    clearTimeout(again);
    end();
  };
}
