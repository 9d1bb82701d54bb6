import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Dialog } from './parts/dialog.tsx';
import { type Shortcut, shortcuts, useShortcuts } from './state/shortcuts.ts';
import { go } from './state/url.ts';
import { viewer } from './state/viewer.ts';
import { isOpenToViewer, VIEWS } from './views.ts';
import './shortcut-list.css';

/** The shortcuts of the whole page, and the list of all that work now. */
export function ShortcutList() {
  const isOpen = useSignal(false);
  const ofPage = useMemo<Shortcut[]>(
    () => [
      {
        keys: '?',
        title: 'This list',
        run: () => {
          isOpen.value = true;
        },
      },
      ...VIEWS.filter(isOpenToViewer).map(({ key, title, name }) => ({
        keys: `g ${key}`,
        title: `Go to ${title}`,
        run: () => go({ view: name === VIEWS[0]!.name ? undefined : name, record: undefined }),
      })),
    ],
    [viewer.value],
  );
  useShortcuts(ofPage);
  return (
    <>
      <button
        type="button"
        class="plain"
        title="Keyboard shortcuts (?)"
        aria-label="Keyboard shortcuts"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        ⌨
      </button>
      {isOpen.value && (
        <Dialog
          title="Keyboard shortcuts"
          class="shortcut-list"
          onClose={() => {
            isOpen.value = false;
          }}
        >
          <table>
            <tbody>
              {[...new Map(shortcuts.value.map(({ keys, title }) => [keys, title]))].map(([keys, title]) => (
                <tr key={keys}>
                  <th scope="row">
                    {keys.split(' ').map((key, at) => (
                      <>
                        {at > 0 && ' then '}
                        <kbd key={key}>{key}</kbd>
                      </>
                    ))}
                  </th>
                  <td>{title}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="quiet">
            In the search box: <kbd>Enter</kbd> searches, <kbd>↓</kbd> chooses a suggestion, <kbd>Escape</kbd> leaves
            it. <kbd>Tab</kbd> goes through everything else.
          </p>
        </Dialog>
      )}
    </>
  );
}
