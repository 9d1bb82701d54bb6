import type { ComponentProps } from 'preact';
import { goTo } from '../state/url.ts';

/** A link within the page: it keeps the page, and works as any link with a middle click or from the keyboard. */
export function Link({ href, onClick, ...rest }: ComponentProps<'a'> & { href: string }) {
  return (
    <a
      {...rest}
      href={href}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || event.button !== 0) return;
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        goTo(href);
      }}
    />
  );
}
