import { createTransport } from 'nodemailer';
import { ATTEMPT_MS, AttemptFailed } from './failure.ts';
import type { MailText } from './messages/mail.ts';

/** The mail server of SMTP_URL. It is the operator's own: the rules for addresses of targets do not hold for it. */
export interface MailServer {
  url: string;
  /** The sender's address. */
  from: string;
}

/** Sends a mail. Resolves with a problem if the server took it for a part of the addresses only; null if for all. */
export type SendMail = (
  to: readonly string[],
  mail: MailText,
  key: string,
  signal: AbortSignal,
) => Promise<string | null>;

const noServer: SendMail = () =>
  Promise.reject(new AttemptFailed('SMTP_URL is not set, so that this server cannot send mail'));

/**
 * Each mail has a connection of its own, as an attempt must end with its time limit.
 * `key` becomes the message's id, the same at each attempt: a mail server can see that a mail came twice.
 */
export function createMailer(server: MailServer | null): SendMail {
  if (server === null) return noServer;
  const transport = createTransport({
    url: server.url,
    connectionTimeout: ATTEMPT_MS,
    greetingTimeout: ATTEMPT_MS,
    socketTimeout: ATTEMPT_MS,
    dnsTimeout: ATTEMPT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = server.from.slice(server.from.lastIndexOf('@') + 1);
  return async (to, { subject, text }, key, signal) => {
    const { rejected } = await transport.sendMail({
      from: server.from,
      to: [...to],
      subject,
      text,
      messageId: `<${key}@${domain}>`,
      // RFC 3834: programs that answer mails automatically do not answer this one.
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal,
    });
    return rejected.length === 0 ? null : `the mail server refused ${rejected.length} of ${to.length} addresses`;
  };
}
