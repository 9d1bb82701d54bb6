import { useSignalEffect } from '@preact/signals';
import { Fragment } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { needsSignIn } from './api/credentials.ts';
import { CopyNote } from './parts/copy-note.tsx';
import { ErrorNote } from './parts/error-note.tsx';
import { SignIn } from './sign-in.tsx';
import { may, viewer } from './state/viewer.ts';
import { TopBar } from './top-bar.tsx';
import { isOpenToViewer, view } from './views.ts';

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
      <CopyNote />
    </Fragment>
  );
}

function OpenView() {
  const { name, title, needs, component: Component } = view.value;
  useSignalEffect(() => {
    document.title = `${view.value.title} · Weir`;
  });
  if (viewer.value !== null && !isOpenToViewer(view.value)) {
    const reason = may(needs) ? 'It is about all records, and the key has a scope.' : `It needs the right ${needs}.`;
    return <ErrorNote title={`${title} is not for this key`} message={reason} />;
  }
  return <Component key={name} />;
}
