import { SearchBar } from '../../parts/search-bar.tsx';
import { AlertButton } from '../alerts/alert-button.tsx';
import { ExportButton } from './export-dialog.tsx';
import { FieldsButton, FieldsPanel } from './facets/fields-panel.tsx';
import { Histogram } from './histogram/histogram.tsx';
import { SavedMenu } from './saved/saved-menu.tsx';
import { RecordTable } from './table/record-table.tsx';
import './records-view.css';

/** What happened: the search, how often it matched, and the records. */
export default function RecordsView() {
  return (
    <div class="records-view">
      <SearchBar start={<FieldsButton />}>
        <SavedMenu />
        <AlertButton />
        <ExportButton />
      </SearchBar>
      <div class="records-body">
        <FieldsPanel />
        <div class="records-main">
          <Histogram />
          <RecordTable />
        </div>
      </div>
    </div>
  );
}
