import { useSignal } from '@preact/signals';
import { MenuButton, type MenuItem } from '../../../parts/menu.tsx';
import { columns, moveColumn, removeColumn, setWidth, widthOf } from '../../../state/table-settings.ts';
import { order, setOrder } from './order.ts';

const WIDTH_STEP_PX = 40;

/** The names of the columns. Each has a menu; it is dragged to another place, and its edge to another width. */
export function TableHeader() {
  return (
    <div class="record-header" role="rowgroup">
      <div role="row" class="record-row">
        {columns.value.map((name, index) => (
          <HeaderCell key={name} name={name} index={index} />
        ))}
      </div>
    </div>
  );
}

/** What is dragged, for browsers that hide the data until it is dropped. */
const COLUMN_TYPE = 'text/x-weir-column';

function HeaderCell({ name, index }: { name: string; index: number }) {
  const isTarget = useSignal(false);
  const sort = name === 'time' ? { 'aria-sort': order.value === 'NEWEST_FIRST' ? 'descending' : 'ascending' } : {};
  return (
    <div
      role="columnheader"
      class={`cell ${isTarget.value ? 'drop-target' : ''}`}
      {...(sort as object)}
      draggable
      onDragStart={(event) => event.dataTransfer?.setData(COLUMN_TYPE, name)}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes(COLUMN_TYPE)) return;
        event.preventDefault();
        isTarget.value = true;
      }}
      onDragLeave={() => {
        isTarget.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        isTarget.value = false;
        const dragged = event.dataTransfer?.getData(COLUMN_TYPE);
        if (dragged) moveColumn(dragged, index);
      }}
    >
      <MenuButton class="plain column-name" label={`Column ${name}`} items={() => itemsOf(name, index)}>
        {name}
        {name === 'time' && <span aria-hidden="true"> {order.value === 'NEWEST_FIRST' ? '↓' : '↑'}</span>}
      </MenuButton>
      <WidthHandle name={name} />
    </div>
  );
}

function itemsOf(name: string, index: number): MenuItem[] {
  return [
    ...(name === 'time'
      ? [
          { label: 'Newest first', checked: order.value === 'NEWEST_FIRST', run: () => setOrder('NEWEST_FIRST') },
          { label: 'Oldest first', checked: order.value === 'OLDEST_FIRST', run: () => setOrder('OLDEST_FIRST') },
        ]
      : []),
    { label: 'Move left', run: () => moveColumn(name, index - 1) },
    { label: 'Move right', run: () => moveColumn(name, index + 1) },
    { label: 'Wider', run: () => setWidth(name, widthOf(name) + WIDTH_STEP_PX) },
    { label: 'Narrower', run: () => setWidth(name, widthOf(name) - WIDTH_STEP_PX) },
    { label: 'Remove', run: () => removeColumn(name) },
  ];
}

/** For the mouse. The menu of the column is for the keyboard. */
function WidthHandle({ name }: { name: string }) {
  return (
    <span
      class="width-handle"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.preventDefault();
        event.stopPropagation();
        const handle = event.currentTarget;
        const offset = handle.parentElement!.getBoundingClientRect().width - event.clientX;
        handle.setPointerCapture(event.pointerId);
        handle.onpointermove = ({ clientX }) => setWidth(name, offset + clientX);
        handle.onlostpointercapture = () => {
          handle.onpointermove = null;
        };
      }}
    />
  );
}
