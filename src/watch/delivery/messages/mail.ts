import type { Links } from './links.ts';
import type { Summary } from './summary.ts';

/** A mail: text only. `subject` is one line. */
export interface MailText {
  subject: string;
  text: string;
}

export function mailText({ kind, alert, facts, sample }: Summary, links: Links | null): MailText {
  const parts = [facts, sample, links ? [links.page] : []].filter((lines) => lines.length > 0);
  return {
    subject: `[Weir] ${kind}: ${alert}`,
    text: `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`,
  };
}
