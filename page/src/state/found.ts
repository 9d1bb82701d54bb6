import { signal } from '@preact/signals';

/** Whether the table has a record of the present search. Null until it is known. The table says so; a card stands in its place where it has none. */
export const found = signal<boolean | null>(null);
