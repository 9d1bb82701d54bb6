import { severityOfWord } from '../../log/level.ts';
import { timedFormat } from './dated.ts';
import { attributesOf, type LogFormat } from './log-format.ts';

/** Metadata before the level or after it, and a process, each of which may be missing. */
const LINE =
  /^ (?<before>(?:[a-z]\w{0,40}=\S{0,200} ){0,12})\[(?<level>[a-z]{4,9})\] {1,8}(?<after>(?:[a-z]\w{0,40}=\S{0,200} ){0,12})(?:(?<process><\d{1,9}\.\d{1,9}\.\d{1,9}>)(?:@(?<place>[\w:.]{1,200}))? )?(?<message>.*)$/s;

/** `10:00:00.123 request_id=abc [info] message` of Elixir, `2024-05-06 07:08:09.123 [error] <0.12.0> message` of lager and RabbitMQ. */
const elixir = timedFormat('elixir', { timeOfDay: true }, (rest) => {
  const found = LINE.exec(rest)?.groups;
  const severityNumber = found && severityOfWord(found.level!);
  if (!found || severityNumber === undefined) return undefined;
  const metadata = `${found.before}${found.after}`.trim();
  if (metadata === '' && found.process === undefined) return undefined;
  const { request_id, mfa, ...others } = Object.fromEntries(
    metadata === '' ? [] : metadata.split(' ').map((pair) => pair.split(/=(.*)/s)),
  ) as Record<string, string>;
  return {
    severityNumber,
    message: found.message!.trim(),
    component: mfa ?? null,
    correlationId: request_id ?? null,
    attributes: attributesOf({ ...others, process: found.process, location: found.place }),
  };
});

/** The logs of Erlang's machine. Its reports: `databases/rabbitmq.ts`. */
export const BEAM_FORMATS: readonly LogFormat[] = [elixir];
