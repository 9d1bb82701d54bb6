import type { Links } from './links.ts';
import type { Summary } from './summary.ts';

/** How one chat program takes messages. A SLACK notifier serves all: the URL says which it is. */
interface Chat {
  textLengthMax: number;
  /** Text within code, so that the program finds no mention, no link and no end of the code in it. */
  code(text: string): string;
  link(url: string): string;
  /** The body of the request. */
  body(text: string): object;
}

/** A `@` or `<` with a space of no width behind it begins no mention. */
const withoutMentions = (text: string): string => text.replace(/[@<]/g, '$&\u200b');
const withoutTicks = (text: string): string => text.replaceAll('`', "'");
const markdownLink = (url: string): string => `[Open in Weir](${url})`;

/** Format: Slack, "Formatting text for app surfaces": `&`, `<` and `>` are escaped; mentions and links need `<`. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const SLACK: Chat = {
  textLengthMax: 4000,
  code: (text) => escaped(withoutTicks(text)),
  link: (url) => `<${escaped(url)}|Open in Weir>`,
  body: (text) => ({ text, parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false }),
};

/** Format: Discord, "Execute Webhook". Flag 4 is SUPPRESS_EMBEDS: links in logged text are not fetched. */
const DISCORD: Chat = {
  textLengthMax: 2000,
  code: withoutTicks,
  link: markdownLink,
  body: (content) => ({ content, allowed_mentions: { parse: [] }, flags: 4 }),
};

/** Format: Mattermost, "Incoming webhooks". It has no escapes within code, and finds Slack's mentions everywhere. */
const MATTERMOST: Chat = {
  textLengthMax: 4000,
  code: (text) => withoutMentions(withoutTicks(text)),
  link: markdownLink,
  body: (text) => ({ text }),
};

/** Discord's path holds behind a proxy too. It may end in `/slack`, which takes the messages of Slack. */
const DISCORD_PATH = /^(\/api(?:\/v\d+)?\/webhooks\/[^/]+\/[^/]+)(?:\/slack)?\/?$/;
const MATTERMOST_PATH = /\/hooks\/[^/]+\/?$/;

function chatAt({ hostname, pathname }: URL): Chat {
  if (DISCORD_PATH.test(pathname)) return DISCORD;
  return MATTERMOST_PATH.test(pathname) && hostname !== 'hooks.slack.com' ? MATTERMOST : SLACK;
}

/** Where to post a summary, and what. */
export function chatMessage(target: string, summary: Summary, links: Links | null): { url: string; body: string } {
  const url = new URL(target);
  const chat = chatAt(url);
  url.pathname = DISCORD_PATH.exec(url.pathname)?.[1] ?? url.pathname;
  return { url: url.href, body: JSON.stringify(chat.body(textFor(chat, summary, links))) };
}

/** The first line is what a list of messages shows. All that was logged is in one block of code: as many lines as fit. */
function textFor({ code, link, textLengthMax }: Chat, { kind, alert, facts, sample }: Summary, links: Links | null) {
  const head = `${kind}: \`${code(alert)}\`\n\`\`\`\n`;
  const foot = `\n\`\`\`${links ? `\n${link(links.page)}` : ''}`;
  let left = textLengthMax - head.length - foot.length;
  const lines = [...facts, ...sample].map(code).filter((line) => {
    left -= line.length + 1;
    return left >= 0;
  });
  return head + lines.join('\n') + foot;
}
