import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { LogText } from '../../../parts/log-text.tsx';

/** Of a long text, this much is shown at first. */
const SHOWN_LENGTH = 4000;
/** A long text is laid out in blocks: the browser looks only at those on the screen. */
const BLOCK_LENGTH = 8000;
const BLOCKS_PER_FRAME = 10;

interface Props {
  text: string;
  words?: readonly string[];
  shownLength?: number;
}

/** A text of any length. Of a long one the start; the rest when it is wanted, a few blocks in each frame. */
export function LongText({ text, words = [], shownLength = SHOWN_LENGTH }: Props) {
  const showsAll = useSignal(false);
  if (text.length <= shownLength) return <LogText text={text} words={words} />;
  if (showsAll.value) return <AllText text={text} words={words} />;
  return (
    <>
      <LogText text={text.slice(0, shownLength)} words={words} />
      <span class="quiet"> … </span>
      <button
        type="button"
        class="show-all"
        onClick={() => {
          showsAll.value = true;
        }}
      >
        Show all {text.length.toLocaleString('en')} characters
      </button>
    </>
  );
}

function AllText({ text, words }: { text: string; words: readonly string[] }) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  const shown = useSignal(BLOCKS_PER_FRAME);
  useEffect(() => {
    if (shown.value >= blocks.length) return;
    const frame = requestAnimationFrame(() => {
      shown.value += BLOCKS_PER_FRAME;
    });
    return () => cancelAnimationFrame(frame);
  }, [shown.value, blocks]);
  return (
    <>
      {blocks.slice(0, shown.value).map((block, index) => (
        <div key={index} class="text-block">
          <LogText text={block} words={words} />
        </div>
      ))}
    </>
  );
}

/** At line breaks where there are some; never within a surrogate pair. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + BLOCK_LENGTH, text.length);
    if (end < text.length) {
      const line = text.lastIndexOf('\n', end - 1) + 1;
      if (line > start) end = line;
      else if (/[\ud800-\udbff]/.test(text[end - 1]!)) end++;
    }
    blocks.push(text.slice(start, end));
    start = end;
  }
  return blocks;
}
