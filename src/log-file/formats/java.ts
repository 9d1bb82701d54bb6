import { datedFormat, LEVEL, plainDatedFormat } from './dated.ts';
import type { LogFormat } from './log-format.ts';

const MESSAGE = '(?<message>.*)';
const layout = (name: string, rest: string): LogFormat => datedFormat(name, rest, plainDatedFormat);

/**
 * `2015-07-29 17:41:44,747 [myid:1] - INFO  [thread:Logger@774] - message`. `thread` ends at the first colon: the name of a thread
 * may hold an address, which then stays in the component. The text after its last colon is the logger.
 */
const zookeeper = layout(
  'zookeeper',
  String.raw`(?: +\[(?<context>[^\]]*)\])? - ${LEVEL} +\[(?<thread>[^:]*?):(?<logger>.*?)@(?<line>\d+)\] - ${MESSAGE}`,
);

/** The usual layouts of Java's logging libraries, the most specific first. */
export const JAVA_FORMATS: readonly LogFormat[] = [
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
  layout('logback', String.raw` +\[(?<thread>.*?)\] +${LEVEL} +(?<logger>\S+?)(?: +-|:| +:) ${MESSAGE}`),
  layout('log4j', String.raw` +${LEVEL} +\[(?<thread>.*?)\] +(?<logger>[^\s:]+)(?: +-|:| +:) ${MESSAGE}`),
  layout('hadoop', String.raw` +${LEVEL} +(?<logger>[\w$]+(?:[.-][\w$]+)*)(?: +-|:| +:) ${MESSAGE}`),
  layout('elasticsearch', String.raw`\]\[${LEVEL} *\]\[(?<logger>[^\]]*)\] ${MESSAGE}`),
  layout('kafka', String.raw`\] +${LEVEL} ${MESSAGE} \((?<logger>[\w$.]+)\)`),
];
