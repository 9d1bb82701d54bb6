import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ApiError } from '../../api/ask.ts';
import { type ExportFormat, type ExportProgress, saveFile, takeExport } from '../../api/export.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { query, time } from '../../state/search.ts';
import { columns } from '../../state/table-settings.ts';
import { order } from './table/order.ts';
import './export-dialog.css';

/** The columns of the table, by their names in an export. */
const exportedColumns = (): readonly string[] => columns.value.map((name) => (name === 'time' ? 'timestamp' : name));

/** The parameters of `GET /export` for what the page shows. */
function parametersFor(format: ExportFormat): URLSearchParams {
  const parameters = new URLSearchParams({ format, order: order.value === 'OLDEST_FIRST' ? 'oldest' : 'newest' });
  if (query.value.trim() !== '') parameters.set('query', query.value);
  for (const [name, value] of Object.entries(time.value ?? {})) if (value != null) parameters.set(name, String(value));
  if (format === 'csv') parameters.set('columns', exportedColumns().join());
  return parameters;
}

type State =
  | { step: 'ask' }
  | { step: 'run'; progress: ExportProgress; cancel: AbortController }
  | { step: 'done'; records: number; isFull: boolean }
  | { step: 'failed'; message: string };

/** A button that opens the dialog for a file of all records that match. */
export function ExportButton() {
  const isOpen = useSignal(false);
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => (isOpen.value = true)}>
        Export
      </button>
      {isOpen.value && <ExportDialog onClose={() => (isOpen.value = false)} />}
    </>
  );
}

function ExportDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const format = useSignal<ExportFormat>('ndjson');
  const state = useSignal<State>({ step: 'ask' });
  const cancel = (): void => {
    if (state.peek().step === 'run') (state.peek() as { cancel: AbortController }).cancel.abort();
  };
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return cancel;
  }, []);

  async function start(): Promise<void> {
    const controller = new AbortController();
    state.value = { step: 'run', progress: { records: 0, bytes: 0 }, cancel: controller };
    try {
      const file = await takeExport(parametersFor(format.value), controller.signal, (progress) => {
        if (!controller.signal.aborted) state.value = { step: 'run', progress, cancel: controller };
      });
      saveFile(file);
      state.value = { step: 'done', records: file.records, isFull: file.isFull };
    } catch (error) {
      if (controller.signal.aborted) state.value = { step: 'ask' };
      else state.value = { step: 'failed', message: error instanceof ApiError ? error.message : String(error) };
    }
  }

  const { step } = state.value;
  return (
    <dialog ref={dialog} class="export-dialog" aria-labelledby="export-title" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <h2 id="export-title">Export all records that match</h2>
        <fieldset disabled={step === 'run'}>
          <legend class="visually-hidden">Format</legend>
          <FormatChoice format={format} value="ndjson" label="NDJSON">
            All fields, a JSON object on each line. It can be imported again.
          </FormatChoice>
          <FormatChoice format={format} value="csv" label="CSV">
            The columns <span class="mono">{exportedColumns().join(', ')}</span>. A ' stands before text that a
            spreadsheet would run.
          </FormatChoice>
        </fieldset>
        <Standing state={state.value} />
        <div class="export-actions">
          {step === 'run' ? (
            <button type="button" onClick={cancel}>
              Cancel
            </button>
          ) : (
            <>
              <button type="button" onClick={() => dialog.current?.close()}>
                Close
              </button>
              <button type="submit" class="primary">
                Download
              </button>
            </>
          )}
        </div>
      </form>
    </dialog>
  );
}

interface ChoiceProps {
  format: { value: ExportFormat };
  value: ExportFormat;
  label: string;
  children: preact.ComponentChildren;
}

function FormatChoice({ format, value, label, children }: ChoiceProps) {
  return (
    <label class="export-format">
      <input
        type="radio"
        name="format"
        aria-label={label}
        aria-describedby={`export-${value}`}
        checked={format.value === value}
        onChange={() => {
          format.value = value;
        }}
      />
      <span>
        <strong>{label}</strong>
        <br />
        <span class="quiet" id={`export-${value}`}>
          {children}
        </span>
      </span>
    </label>
  );
}

function Standing({ state }: { state: State }) {
  if (state.step === 'failed') return <ErrorNote title="The export failed" message={state.message} />;
  return (
    <p role="status">
      {state.step === 'run' && standingText(state.progress)}
      {state.step === 'done' && `${state.records.toLocaleString()} records are in the file.`}
      {state.step === 'done' && state.isFull && ' The server gives no more in one export: more may match.'}
    </p>
  );
}

const MIB = 1024 * 1024;
const standingText = ({ records, bytes }: ExportProgress): string =>
  `${records.toLocaleString()} records, ${(bytes / MIB).toFixed(1)} MiB`;
