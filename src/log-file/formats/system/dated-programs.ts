import { datedFormat, plainDatedFormat } from '../dated.ts';
import type { LogFormat } from '../log-format.ts';

/** Programs whose lines begin with a date, and do not follow the layout of a logging library. */
export const DATED_PROGRAM_FORMATS: readonly LogFormat[] = [
  // `2024-01-01 10:00:00,123 fail2ban.actions        [1234]: NOTICE  [sshd] Ban 192.0.2.1`
  datedFormat(
    'fail2ban',
    String.raw` (?<logger>fail2ban(?:\.\w{1,40})?) *(?:\[(?<pid>\d{1,10})\])?: (?<level>[A-Z]{4,8}) +(?<message>.*)`,
    { besides: plainDatedFormat },
  ),
  // `2024-01-01 10:00:00, Info                  CBS    message`, also of DISM and Windows Setup.
  datedFormat(
    'windows-cbs',
    `, (?<level>Info|Warning|Error|Fatal|Perf) {2,}(?:(?<logger>[A-Z]{2,8}) +)?(?<message>.*)`,
  ),
  // `[2024-01-01T10:00:00+0000] [ALPM] installed zsh (5.9-4)`
  datedFormat('pacman', String.raw`\] \[(?<logger>ALPM|PACMAN|ALPM-SCRIPTLET)\] (?<message>.*)`),
];
