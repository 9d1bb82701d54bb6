import { SEVERITY_DEFAULT } from '../../../log/level.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull } from '../log-format.ts';

const LINE =
  /^(?<id>\d{2,5}),(?<month>\d\d)\/(?<day>\d\d)\/(?<year>\d\d),(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d),(?<description>[^,]+),(?<address>[^,]*),(?<name>[^,]{0,255}),(?<mac>[^,]*)(?:,.*)?$/s;

/** The log of Windows' DHCP server: `10,01/31/24,10:00:00,Assign,192.0.2.5,pc7.example.com,AABBCCDDEEFF,...`. */
export const windowsDhcpFormat: LogFormat = {
  name: 'windows-dhcp',
  first: /\d/,
  continues: noLine,
  isHead: (line) => line.startsWith('ID,Date,Time,Description,'),
  parse(line, clock) {
    const groups = groupsOf<'description'>(LINE, line);
    const timestamp = groups && clock.read(groups);
    if (!groups || timestamp === undefined) return undefined;
    const { id, description, address, name, mac } = groups;
    return {
      timestamp,
      severityNumber: SEVERITY_DEFAULT,
      message: line.trim(),
      action: description.trim(),
      attributes: attributesOf({
        eventId: numberOrNull(id),
        address: orNull(address),
        name: orNull(name),
        mac: orNull(mac),
      }),
    };
  },
};
