import { styleText } from 'node:util';

export type Format = Parameters<typeof styleText>[0];
export type Paint = (format: Format, text: string) => string;

export const plain: Paint = (_format, text) => text;
export const coloured: Paint = (format, text) => styleText(format, text, { validateStream: false });

/** Colours, if the stream is a terminal that supports them. `NO_COLOR` and `FORCE_COLOR` override this. */
export const paintFor = (stream: NodeJS.WriteStream): Paint =>
  styleText('red', 'x', { stream }) === 'x' ? plain : coloured;
