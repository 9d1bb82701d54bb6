import { copyText } from './copy.ts';

interface Props {
  text: string | (() => string);
  /** What is copied: "Copy", "Copy as JSON". */
  label: string;
}

export const CopyButton = ({ text, label }: Props) => (
  <button type="button" class="plain" onClick={() => void copyText(typeof text === 'string' ? text : text())}>
    {label}
  </button>
);
