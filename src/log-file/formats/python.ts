import { datedFormat, fromGroups, LEVEL, plainDatedFormat } from './dated.ts';
import { anyLine, type LogFormat } from './log-format.ts';

const MESSAGE = '(?<message>.*)';
const LOGGER = String.raw`(?<logger>[\w.<>-]+)`;
const layout = (name: string, rest: string): LogFormat => datedFormat(name, rest, plainDatedFormat);

const BASIC = new RegExp(`^${LEVEL}:(?<logger>[^:\\s]+):${MESSAGE}$`, 's');

/** `LEVEL:name:message`, as `logging.basicConfig()` writes it. */
const basic: LogFormat = {
  name: 'python-basic',
  continues: anyLine,
  parse: (line) => {
    const found = BASIC.exec(line)?.groups;
    return found && fromGroups(found);
  },
};

/** The usual layouts of Python's `logging` and of its frameworks. */
export const PYTHON_FORMATS: readonly LogFormat[] = [
  layout('python', ` - ${LOGGER} - ${LEVEL} - ${MESSAGE}`),
  layout('loguru', String.raw` +\| ${LEVEL} +\| (?<logger>[\w.<>]+):[\w<>]+:(?<line>\d+) - ${MESSAGE}`),
  layout('flask', String.raw`\] ${LEVEL} in ${LOGGER}: ${MESSAGE}`),
  layout('celery', String.raw`: ${LEVEL}/(?<thread>[^\]]+)\] ${MESSAGE}`),
  layout('scrapy', String.raw` \[${LOGGER}\] ${LEVEL}: ${MESSAGE}`),
  layout('openstack', String.raw` (?<pid>\d+) ${LEVEL} ${LOGGER} ${MESSAGE}`),
  basic,
];
