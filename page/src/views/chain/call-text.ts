import type { ChainRecordFragment } from '../../api/documents.ts';
import { firstLine } from '../../text/first-line.ts';
import { countText, usdText } from '../../text/number.ts';

/** A model call in one line: `gpt-5, 1,200 → 300 tokens, $0.0042`. */
export function callText({ llm }: ChainRecordFragment): string {
  if (llm === null) return '';
  const name = llm.responseModel ?? llm.requestModel ?? llm.toolName ?? llm.operation ?? 'model call';
  const tokens = (count: number | null): string => (count === null ? '?' : countText(count));
  return [
    firstLine(name),
    (llm.inputTokens !== null || llm.outputTokens !== null) &&
      `${tokens(llm.inputTokens)} → ${tokens(llm.outputTokens)} tokens`,
    llm.costUsd !== null && usdText(llm.costUsd),
  ]
    .filter(Boolean)
    .join(', ');
}
