import { SearchBar } from '../../parts/search-bar.tsx';
import { urlValue } from '../../state/url.ts';
import { Chain } from './chain.tsx';
import { ChainForm } from './chain-form.tsx';
import { ChainList } from './chain-list.tsx';
import './chain-view.css';

const id = urlValue('chain');

/** All records that share a correlation id, as a waterfall over services. Without an id: the chains that a search matches. */
export default function ChainView() {
  return (
    <div class="chain-view">
      <ChainForm id={id.value} />
      {id.value === undefined ? (
        <>
          <SearchBar />
          <ChainList />
        </>
      ) : (
        <Chain key={id.value} id={id.value} />
      )}
    </div>
  );
}
