import type { ComponentChildren } from 'preact';
import { SearchBox } from '../views/records/search-box.tsx';
import { TimePicker } from './time-picker/time-picker.tsx';
import './search-bar.css';

/** What is searched, and in which time: the same at the top of every view that shows records. `children`: what a view adds. */
export function SearchBar({ children }: { children?: ComponentChildren }) {
  return (
    <div class="search-bar" role="search">
      <SearchBox />
      <TimePicker />
      {children}
    </div>
  );
}
