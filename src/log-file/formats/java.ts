import { severityOfWord } from '../../log/level.ts';
import { datedFormat, fromGroups, LEVEL, plainDatedFormat, timedFormat } from './dated.ts';
import { anyLine, hasDottedName, type LogFormat } from './log-format.ts';

const MESSAGE = '(?<message>.*)';
const layout = (name: string, rest: string, timeOfDay = false): LogFormat =>
  datedFormat(name, rest, { besides: plainDatedFormat, timeOfDay });

/**
 * `2015-07-29 17:41:44,747 [myid:1] - INFO  [thread:Logger@774] - message`. `thread` ends at the first colon: the name of a thread
 * may hold an address, which then stays in the component. The text after its last colon is the logger.
 */
const zookeeper = layout(
  'zookeeper',
  String.raw`(?: +\[(?<context>[^\]]*)\])? - ${LEVEL} +\[(?<thread>[^:]*?):(?<logger>.*?)@(?<line>\d+)\] - ${MESSAGE}`,
);

const DOTTED = String.raw`[\w$]+(?:\.[\w$]+)+`;
const METHOD = String.raw`(?<logger>[\w$]{1,100}(?:\.[\w$]{1,100}){1,20})\.(?<method>[\w$<>]{1,100})`;

/** `May 06, 2024 7:08:09 AM com.acme.Foo bar`, then `INFO: message`. The date is as the machine's language writes it. */
const julHead = timedFormat('jul', { besides: plainDatedFormat }, (rest) => {
  const found = /^ (?<logger>[\w$]{1,100}(?:\.[\w$]{1,100}){1,20}) (?<method>[\w$<>]{1,100})$/.exec(rest)?.groups;
  return found && { message: '', component: found.logger!, attributes: { method: found.method } };
});
const JUL_LEVEL = /^(?<level>\p{Lu}{4,20}) ?: ?(?<message>.*)$/su;
/** As the JDK translates them. */
const JUL_LEVELS: Readonly<Record<string, string>> = {
  SCHWERWIEGEND: 'SEVERE',
  GRAVE: 'SEVERE',
  WARNUNG: 'WARNING',
  AVERTISSEMENT: 'WARNING',
  ADVERTENCIA: 'WARNING',
  INFOS: 'INFO',
  INFORMACIÓN: 'INFO',
};

/** java.util.logging. */
const jul: LogFormat = {
  ...julHead,
  parse: (line, clock) => (/^[A-Z]/.test(line) ? julHead.parse(line, clock) : undefined),
  adds(line, draft) {
    const found = draft.message === '' ? JUL_LEVEL.exec(line)?.groups : undefined;
    const severityNumber = severityOfWord(JUL_LEVELS[found?.level ?? ''] ?? found?.level ?? '');
    if (!found || severityNumber === undefined) return false;
    draft.severityNumber = severityNumber;
    draft.message = found.message!.trim();
    return true;
  },
};

/** With another date than the JDK's own: `2024-05-06 07:08:09 com.acme.Foo bar`. One such line may also be of others. */
const julDated: LogFormat = { ...jul, name: 'jul-dated', parse: julHead.parse, isSure: () => false };

const ELAPSED =
  /^(?<elapsed>\d{1,12}) {1,6}\[(?<thread>[^\]]{1,200})\] (?<level>[A-Z]{4,5}) {1,3}(?<logger>[\w.$]{1,200}) (?:- |x - )?(?<message>.*)$/s;

/** `12 [main] INFO com.acme.Foo - message`: milliseconds since the start. */
const elapsed: LogFormat = {
  name: 'log4j-elapsed',
  continues: anyLine,
  first: /\d/,
  parse(line) {
    const { elapsed: ms, ...found } = ELAPSED.exec(line)?.groups ?? {};
    return ms === undefined ? undefined : fromGroups({ ...found, elapsed: ms });
  },
};

const SIMPLE = new RegExp(
  `^(?:\\[(?<thread>[^[\\]]{1,200})\\] )?${LEVEL} {1,2}(?<logger>${DOTTED}) - ${MESSAGE}$`,
  's',
);

/** `[main] INFO com.acme.Foo - message`: slf4j's simple logger. */
const simple: LogFormat = {
  name: 'slf4j-simple',
  continues: anyLine,
  first: /[[A-Z]/,
  parse(line) {
    const found = SIMPLE.exec(line)?.groups;
    return found && fromGroups(found);
  },
};

/** The usual layouts of Java's logging libraries, the most specific first. */
export const JAVA_FORMATS: readonly LogFormat[] = [
  jul,
  julDated,
  elapsed,
  simple,
  {
    ...zookeeper,
    parse(line, clock) {
      const draft = zookeeper.parse(line, clock);
      const logger = draft?.component?.split(':').at(-1);
      if (draft && logger !== draft.component) draft.attributes = { ...(draft.attributes as object), logger };
      return draft;
    },
  },
  layout(
    'spring',
    String.raw`\s+${LEVEL} (?<pid>\d+) --- (?:\[(?<service>[^\]]*)\] (?=\[))?\[(?<thread>[^\]]*)\] (?:\[[^\]]*\] )?(?<logger>\S+) *: ${MESSAGE}`,
  ),
  layout('jboss', String.raw` +${LEVEL} +\[(?<logger>[^\]]*)\] \((?<thread>[^)]*)\) ${MESSAGE}`),
  layout(
    'logback',
    String.raw` +\[(?<thread>.*?)\] +${LEVEL} +(?<logger>\S+?)(?: \[(?:\(null\)|(?<context>[^\]]{0,200}))\])?(?: +-|:| +:) ${MESSAGE}`,
    true,
  ),
  layout('log4j', String.raw` +${LEVEL} +\[(?<thread>.*?)\] +(?<logger>[^\s:]+)(?: +-|:| +:) ${MESSAGE}`, true),
  layout(
    'logback-brackets',
    String.raw` +\[(?<thread>[^\]]*)\] +${LEVEL} +\[(?<logger>${DOTTED})\]:?(?: -)? ${MESSAGE}`,
    true,
  ),
  layout('log4j-brackets', String.raw` +${LEVEL} +\[(?<logger>${DOTTED})\]:? - ${MESSAGE}`, true),
  layout('sling', String.raw` \*${LEVEL}\* \[(?<thread>[^\]]*)\] (?<logger>${DOTTED}) ${MESSAGE}`),
  layout('logback-status', String.raw` \|-${LEVEL} in (?<logger>\S+) - ${MESSAGE}`, true),
  layout('tomcat', String.raw` ${LEVEL} \[(?<thread>[^\]]{0,200})\] ${METHOD} ${MESSAGE}`),
  layout(
    'minecraft',
    String.raw`\] \[(?<thread>[^/\]]{1,60})/${LEVEL}\](?: \[(?<logger>[^\]]{1,100})\])?: ${MESSAGE}`,
    true,
  ),
  {
    ...layout('hadoop', String.raw` +${LEVEL} +(?<logger>[\w$]+(?:(?:[.-]|::)[\w$]+)*)(?: +-|:| +:) ${MESSAGE}`, true),
    // `ERROR disk: full` may have no logger.
    isSure: ({ component }) => /\w[.:$]+\w/.test(component ?? ''),
  },
  layout('elasticsearch', String.raw`\]\[${LEVEL} *\]\[(?<logger>[^\]]*)\] ${MESSAGE}`),
  { ...layout('kafka', String.raw`\] +${LEVEL} ${MESSAGE} \((?<logger>[\w$.]+)\)`), isSure: hasDottedName },
];
