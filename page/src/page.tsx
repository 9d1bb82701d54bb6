import { signal, useSignalEffect } from '@preact/signals';
import { type ComponentType, Fragment } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { needsSignIn } from './api/credentials.ts';
import { ErrorNote } from './parts/error-note.tsx';
import { SignIn } from './sign-in.tsx';
import { may, viewer } from './state/viewer.ts';
import { TopBar } from './top-bar.tsx';
import { type View, view } from './views.ts';

/** The bar at the top, and the open view below it. */
export function Page() {
  const [failure, tryAgain] = useErrorBoundary();
  return (
    <Fragment>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <TopBar />
      <main id="main" tabIndex={-1}>
        {failure ? (
          <ErrorNote title="This view failed" message={String(failure.message ?? failure)} onRetry={tryAgain} />
        ) : needsSignIn.value ? (
          <SignIn />
        ) : (
          <OpenView />
        )}
      </main>
    </Fragment>
  );
}

const loaded = signal<{ view: View; component: ComponentType } | null>(null);
const failed = signal<string | null>(null);

function OpenView() {
  useSignalEffect(() => {
    const wanted = view.value;
    document.title = `${wanted.title} · Weir`;
    failed.value = null;
    wanted.load().then(
      ({ default: component }) => {
        if (view.peek() === wanted) loaded.value = { view: wanted, component };
      },
      () => {
        failed.value = 'A part of this page could not be loaded. The server may have been updated: reload the page.';
      },
    );
  });
  const { title, needs } = view.value;
  if (viewer.value !== null && !may(needs)) {
    return <ErrorNote title={`${title} is not for this key`} message={`It needs the right ${needs}.`} />;
  }
  if (failed.value !== null) return <ErrorNote title="This view did not load" message={failed.value} />;
  if (loaded.value === null || loaded.value.view !== view.value) return <p class="quiet">Loading ...</p>;
  const Component = loaded.value.component;
  return <Component key={loaded.value.view.name} />;
}
