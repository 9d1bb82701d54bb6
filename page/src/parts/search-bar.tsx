import type { ComponentChildren } from 'preact';
import { SearchBox } from './search-box/search-box.tsx';
import { TimePicker } from './time-picker/time-picker.tsx';
import './search-bar.css';

/** What is searched, and in which time: the same at the top of every view that shows records. What a view adds stands before it (`start`) and after it. */
export function SearchBar({ start, children }: { start?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="search-bar" role="search">
      {start}
      <SearchBox />
      <TimePicker />
      {children}
    </div>
  );
}
