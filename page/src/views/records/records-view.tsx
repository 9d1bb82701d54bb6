import { ExportButton } from './export-dialog.tsx';
import { Histogram } from './histogram.tsx';
import { RecordTable } from './record-table.tsx';
import { SearchBox } from './search-box.tsx';
import { TimePicker } from './time-picker.tsx';
import './records-view.css';

/** What happened: the search, how often it matched, and the records. */
export default function RecordsView() {
  return (
    <div class="records-view">
      <div class="records-bar" role="search">
        <SearchBox />
        <TimePicker />
        <ExportButton />
      </div>
      <Histogram />
      <RecordTable />
    </div>
  );
}
