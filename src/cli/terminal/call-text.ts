/** What the commands show of a model call. */
export const CALL_FIELDS = 'operation provider requestModel responseModel inputTokens outputTokens costUsd';

/** A model call as the server responds with it. */
export interface ShownCall {
  operation: string | null;
  provider: string | null;
  requestModel: string | null;
  responseModel: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
}

/** `chat gpt-4o 150 tokens $0.0012 1.8s`, without what is not known. */
export function callText(call: ShownCall, durationMs: number | null): string {
  const hasTokens = call.inputTokens !== null || call.outputTokens !== null;
  return [
    call.operation,
    call.responseModel ?? call.requestModel ?? call.provider,
    hasTokens && `${((call.inputTokens ?? 0) + (call.outputTokens ?? 0)).toLocaleString('en-US')} tokens`,
    call.costUsd !== null && dollars(call.costUsd),
    durationMs !== null && seconds(durationMs),
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' ');
}

/** From a dollar on, with cents; below, with two digits that are not 0: `$1,234.50`, `$0.0012`. */
export function dollars(usd: number): string {
  const digits = Math.abs(usd) >= 1 || usd === 0 ? FROM_A_DOLLAR : BELOW_A_DOLLAR;
  return `$${digits.format(usd)}`;
}

const FROM_A_DOLLAR = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const BELOW_A_DOLLAR = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2, maximumFractionDigits: 9 });

/** `850ms`, `1.8s`. */
export const seconds = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  return `${(ms / 1000).toLocaleString('en-US', { maximumFractionDigits: 1 })}s`;
};
