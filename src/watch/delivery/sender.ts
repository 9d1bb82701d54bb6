import type { Notification } from '../../db/alerts/deliveries.ts';
import type { Notifier } from '../../db/alerts/notifiers.ts';
import { now } from '../../log/time.ts';
import { VERSION } from '../../version.ts';
import type { AddressGuard } from './address-guard.ts';
import { ATTEMPT_MS } from './failure.ts';
import { createMailer, type MailServer } from './mailer.ts';
import { chatMessage } from './messages/chat.ts';
import { linksOf } from './messages/links.ts';
import { mailText } from './messages/mail.ts';
import { summaryOf } from './messages/summary.ts';
import { webhookBody, webhookHeaders } from './messages/webhook.ts';
import { post } from './post.ts';
import { addressesIn } from './target.ts';

/** What a message goes to. */
export type Target = Pick<Notifier, 'kind' | 'target' | 'secret'>;

/**
 * Makes one attempt, of `ATTEMPT_MS` at most. Resolves when the target took the message: with a problem if it took only a part,
 * otherwise with null.
 * @param key names the delivery, the same at each attempt
 * @throws what `shownFailure` reads
 */
export type Send = (
  target: Target,
  notification: Notification,
  key: string,
  closing: AbortSignal,
) => Promise<string | null>;

interface SenderDeps {
  guard: AddressGuard;
  /** PUBLIC_URL. Null: messages have no links. */
  publicUrl: string | null;
  mailServer: MailServer | null;
}

const HEADERS = { 'content-type': 'application/json', 'user-agent': `weir/${VERSION}` };

export function createSender({ guard, publicUrl, mailServer }: SenderDeps): Send {
  const sendMail = createMailer(mailServer);

  async function send({ kind, target, secret }: Target, notification: Notification, key: string, signal: AbortSignal) {
    const links = publicUrl === null ? null : linksOf(notification, publicUrl);
    switch (kind) {
      case 'WEBHOOK': {
        const body = webhookBody(notification, links, now());
        const headers = { ...HEADERS, ...webhookHeaders(key, body, secret, Date.now()) };
        await post(target, { headers, body }, guard, signal);
        return null;
      }
      case 'SLACK': {
        const { url, body } = chatMessage(target, summaryOf(notification), links);
        await post(url, { headers: HEADERS, body }, guard, signal);
        return null;
      }
      case 'EMAIL':
        return sendMail(addressesIn(target), mailText(summaryOf(notification), links), key, signal);
    }
  }

  return async (target, notification, key, closing) => {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(ATTEMPT_MS)]);
    try {
      return await send(target, notification, key, signal);
    } catch (error) {
      // Node and nodemailer wrap the reason.
      throw signal.aborted ? signal.reason : error;
    }
  };
}
