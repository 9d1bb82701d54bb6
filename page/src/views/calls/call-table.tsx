import type { ComponentChildren } from 'preact';

interface Props {
  label: string;
  columns: readonly string[];
  /** Rows, at least one; the first cell of each is a link, so that the keyboard reaches what scrolls. */
  children: ComponentChildren;
}

/** A table that scrolls in its own place, so that the page stays as wide as the screen. */
export function CallTable({ label, columns, children }: Props) {
  return (
    <div class="calls-scroll">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
