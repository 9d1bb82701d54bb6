import { SearchBar } from '../../parts/search-bar.tsx';
import { ExportButton } from './export-dialog.tsx';
import { Histogram } from './histogram.tsx';
import { SavedMenu } from './saved/saved-menu.tsx';
import { RecordTable } from './table/record-table.tsx';
import './records-view.css';

/** What happened: the search, how often it matched, and the records. */
export default function RecordsView() {
  return (
    <div class="records-view">
      <SearchBar>
        <SavedMenu />
        <ExportButton />
      </SearchBar>
      <Histogram />
      <RecordTable />
    </div>
  );
}
