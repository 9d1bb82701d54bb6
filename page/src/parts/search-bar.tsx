import { SearchBox } from '../views/records/search-box.tsx';
import { TimePicker } from './time-picker/time-picker.tsx';
import './search-bar.css';

/** What is searched, and in which time: the same at the top of every view that shows records. */
export function SearchBar() {
  return (
    <div class="search-bar" role="search">
      <SearchBox />
      <TimePicker />
    </div>
  );
}
