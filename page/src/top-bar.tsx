import { Link } from './parts/link.tsx';
import { ThemeButton } from './parts/theme-button.tsx';
import { query } from './state/search.ts';
import { urlWith } from './state/url.ts';
import { hasScope, may } from './state/viewer.ts';
import { ViewerMenu } from './viewer-menu.tsx';
import { VIEWS, type View, view } from './views.ts';
import './top-bar.css';

const isInBar = ({ needs, inBar = true, ofAllRecords = false }: View): boolean =>
  inBar && may(needs) && !(ofAllRecords && hasScope());

/** The views, and what holds for all of them. */
export function TopBar() {
  return (
    <header class="top-bar">
      <Link class="brand" href="/">
        <img src="/icon.svg" alt="" width="22" height="22" />
        Weir
      </Link>
      <nav aria-label="Views">
        {VIEWS.filter(isInBar).map(({ name, title }) => (
          <Link
            key={name}
            href={urlWith({ view: name === VIEWS[0]!.name ? undefined : name, record: undefined })}
            aria-current={view.value.name === name ? 'page' : undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
      <div class="top-bar-end">
        <a href={graphiqlUrl(query.value)}>GraphiQL</a>
        <ThemeButton />
        <ViewerMenu />
      </div>
    </header>
  );
}

/** GraphiQL with the present search as a query that can be run. */
function graphiqlUrl(text: string): string {
  const filter = text.trim() === '' ? '' : `filter: { query: ${JSON.stringify(text)} }, `;
  const document = `query Search {
  logs(${filter}first: 50) {
    nodes {
      timestamp
      level
      service
      component
      message
    }
  }
}`;
  return `/graphql?query=${encodeURIComponent(document)}`;
}
