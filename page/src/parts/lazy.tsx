import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { ErrorNote } from './error-note.tsx';

/** A component whose code is loaded when it is shown first: what few people need is no part of the first load. */
export function lazy<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | null>(null);
  const isFailed = signal(false);
  const start = async (): Promise<void> => {
    isFailed.value = false;
    try {
      loaded.value = (await load()).default;
    } catch {
      isFailed.value = true;
    }
  };
  return (props) => {
    const Component = loaded.value;
    useEffect(() => {
      if (Component === null) void start();
    }, []);
    if (Component) return <Component {...props} />;
    if (!isFailed.value) return <p class="quiet lazy-note">Loading ...</p>;
    // A browser keeps the failure of a module: only the whole page can try again. A newer server may have other files.
    const retry = (): void => location.reload();
    return <ErrorNote title="This part of the page could not be loaded" message={NOT_LOADED} onRetry={retry} />;
  };
}

const NOT_LOADED = 'The server does not answer, or it has been updated. Trying again loads the whole page.';
