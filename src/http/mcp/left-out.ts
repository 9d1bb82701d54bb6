import { type Call, TEXT_MAX } from './arguments.ts';
import { type BoundedData, DATA_BYTES_MAX, type ListLength } from './bounded-data.ts';
import type { Page } from './page.ts';
import type { Tool } from './tools/tool.ts';

/** What an answer lacks, and how to get it: a sentence each. They have counts and names of the API, no text of a record. */
export function leftOutOf(
  tool: Tool,
  { variables }: Call,
  { cut, shortened }: BoundedData,
  lists: readonly ListLength[],
  page: Page | null,
): string[] {
  return [
    ...(page !== null && page.after !== null ? [moreText(page)] : []),
    ...shortened.filter(({ path }) => path !== page?.path).map(shortenedText),
    ...lists.flatMap((list) => fullText(tool, variables, list)),
    ...(cut.texts > 0 ? [cutText(cut)] : []),
  ];
}

const moreText = ({ path, count, total }: Page): string =>
  `${path}: ${count} ${total === null ? 'items, and more follow' : `of ${total} items that match`}. Call again with next.after and the same other arguments.`;

const shortenedText = ({ path, kept, of }: BoundedData['shortened'][number]): string =>
  `${path}: the first ${kept} of ${of} items, because an answer has at most ${DATA_BYTES_MAX / 1024} KiB. Ask for fewer items of other lists, or narrow the search.`;

function fullText({ bounded = {}, arguments: known }: Tool, variables: Call['variables'], list: ListLength): string[] {
  const name = bounded[list.path];
  if (name === undefined || list.length < Number(variables[name])) return [];
  return [
    `${list.path}: the first ${list.length} items; there may be more. Raise ${name} (at most ${known[name]!.max}).`,
  ];
}

const cutText = ({ texts, to }: BoundedData['cut']): string =>
  `${texts} ${texts === 1 ? 'text was' : 'texts were'} cut to ${to} characters; a cut text ends with "…". Raise textMax (at most ${TEXT_MAX.max}), or ask get_record for one record.`;
