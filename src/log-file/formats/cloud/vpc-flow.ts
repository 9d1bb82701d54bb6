import { timestampFromEpoch } from '../../../log/time.ts';
import { attributesOf, type LogFormat, noLine, numberOrNull, orNull } from '../log-format.ts';

const LINE =
  /^2 (?<account>\d{12}|unknown) (?<interface>eni-[\da-f]{8,20}) (?<source>\S{1,45}) (?<destination>\S{1,45}) (?<sourcePort>\d{1,5}|-) (?<destinationPort>\d{1,5}|-) (?<protocol>\d{1,3}|-) (?<packets>\d{1,15}|-) (?<bytes>\d{1,15}|-) (?<start>\d{10}) (?<end>\d{10}) (?<action>ACCEPT|REJECT|-) (?<status>OK|NODATA|SKIPDATA)$/;

/** AWS VPC flow logs, version 2: the default columns. A rejected flow is a WARNING. */
export const vpcFlowFormat: LogFormat = {
  name: 'aws-vpc-flow',
  first: /[2v]/,
  continues: noLine,
  isHead: (line) => line.startsWith('version account-id interface-id '),
  parse(line) {
    const groups = line.length < 300 ? LINE.exec(line)?.groups : undefined;
    if (!groups) return undefined;
    const { account, source, destination, protocol, packets, bytes, start, end, action, status } = groups;
    return {
      timestamp: timestampFromEpoch(start!) ?? null,
      severityNumber: action === 'REJECT' ? 13 : 9,
      message: line,
      durationMs: (Number(end) - Number(start)) * 1000,
      attributes: attributesOf({
        account,
        interface: groups.interface,
        source: orNull(source),
        destination: orNull(destination),
        sourcePort: numberOrNull(groups.sourcePort),
        destinationPort: numberOrNull(groups.destinationPort),
        protocol: numberOrNull(protocol),
        packets: numberOrNull(packets),
        bytes: numberOrNull(bytes),
        action: orNull(action),
        status,
      }),
    };
  },
};
