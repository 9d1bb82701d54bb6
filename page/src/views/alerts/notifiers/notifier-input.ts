import type { NotifierInput, NotifierKind } from '../../../api/documents.ts';

/** What the form asks for. An empty target or secret is left out: the server keeps what it has. */
export function notifierInput(form: FormData, kind: NotifierKind): NotifierInput {
  const text = (name: string): string | null => String(form.get(name) ?? '').trim() || null;
  return {
    name: text('name') ?? '',
    kind,
    target: text('target'),
    secret: form.has('unsigned') ? '' : text('secret'),
  };
}
