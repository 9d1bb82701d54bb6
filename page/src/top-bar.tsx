import { Link } from './parts/link.tsx';
import { ThemeButton } from './parts/theme-button.tsx';
import { ShortcutList } from './shortcut-list.tsx';
import { query, time } from './state/search.ts';
import { urlWith } from './state/url.ts';
import { graphiqlUrl } from './text/graphiql-url.ts';
import { ViewerMenu } from './viewer-menu.tsx';
import { isOpenToViewer, VIEWS, view } from './views.ts';
import './top-bar.css';

/** The views, and what holds for all of them. */
export function TopBar() {
  return (
    <header class="top-bar">
      <Link class="brand" href="/">
        <img src="/icon.svg" alt="" width="22" height="22" />
        Weir
      </Link>
      <nav aria-label="Views">
        {VIEWS.filter((one) => one.inBar !== false && isOpenToViewer(one)).map(({ name, title, note: Note }) => (
          <Link
            key={name}
            href={urlWith({ view: name === VIEWS[0]!.name ? undefined : name, record: undefined })}
            aria-current={view.value.name === name ? 'page' : undefined}
          >
            {title}
            {Note && <Note />}
          </Link>
        ))}
      </nav>
      <div class="top-bar-end">
        <a href={graphiqlUrl(query.value, time.value)}>GraphiQL</a>
        <ShortcutList />
        <ThemeButton />
        <ViewerMenu />
      </div>
    </header>
  );
}
