import { useSignal } from '@preact/signals';
import { lazy } from '../lazy.tsx';
import type { UnusualProps } from './unusual-list.tsx';

const UnusualList = lazy<UnusualProps>(() => import('./unusual-list.tsx'));

/** Of fewer records the server says nothing. */
const COUNT_MIN = 10;

/** Opens what is unusual about so many records: values that are more common there than elsewhere. */
export function UnusualButton({ count, ...props }: UnusualProps & { count: number }) {
  const isOpen = useSignal(false);
  if (count < COUNT_MIN) return null;
  return (
    <div class="unusual">
      <button
        type="button"
        class="plain"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        What is unusual here?
      </button>
      {isOpen.value && <UnusualList {...props} />}
    </div>
  );
}
