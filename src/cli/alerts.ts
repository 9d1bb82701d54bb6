import { Command } from 'commander';
import { BadUserInput } from '../errors.ts';
import { ALERT_FIELDS, alertLines, deliveryLine, type ShownAlert, type ShownDelivery } from './alerts/alert-lines.ts';
import { request } from './client/api.ts';
import { examples, type UrlOption, withUrl } from './options.ts';
import { paintFor } from './terminal/colours.ts';
import { print, say } from './terminal/output.ts';
import { jsonLine } from './terminal/printable.ts';

interface AlertsOptions extends UrlOption {
  json?: true;
}

export const alertsCommand = (stop: AbortSignal): Command =>
  withUrl(new Command('alerts').description('Show the alerts: their states, and what they found last.'))
    .option('--json', 'one JSON object per line')
    .addHelpText('after', examples('weir alerts', 'weir alerts --json', "weir alerts test 'api fails'"))
    .action((options: AlertsOptions) => list(options, stop))
    .addCommand(testCommand(stop));

const testCommand = (stop: AbortSignal): Command =>
  withUrl(
    new Command('test').description('Send a notification to each notifier of an alert, which says that it is a trial.'),
  )
    .argument('<name>', 'the name of the alert')
    .action((name: string, options: UrlOption) => sendTrial(name, options, stop));

const LIST = `{ alerts { ${ALERT_FIELDS} } }`;

async function list({ url, json }: AlertsOptions, stop: AbortSignal): Promise<void> {
  const { alerts } = await request<{ alerts: ShownAlert[] }>(url, { query: LIST }, stop);
  if (alerts.length === 0) say('-- there are no alerts --');
  else await print(json ? alerts.map(jsonLine).join('\n') : alertLines(alerts, paintFor(process.stdout), Date.now()));
}

const FIND = '{ alerts { id name } }';
const TEST = 'mutation TestAlert($id: ID!) { testAlert(id: $id) { notifierName deliveredAt error } }';

/** @throws BadUserInput no alert has the name, or a notification was not delivered */
async function sendTrial(name: string, { url }: UrlOption, stop: AbortSignal): Promise<void> {
  const { alerts } = await request<{ alerts: { id: string; name: string }[] }>(url, { query: FIND }, stop);
  const alert = alerts.find((one) => one.name === name);
  if (!alert)
    throw new BadUserInput(`expected the name of an alert, got ${JSON.stringify(name)}: \`weir alerts\` shows them`);
  const operation = { query: TEST, variables: { id: alert.id } };
  const { testAlert } = await request<{ testAlert: ShownDelivery[] }>(url, operation, stop);
  await print(testAlert.map(deliveryLine).join('\n'));
  const failed = testAlert.filter(({ deliveredAt }) => deliveredAt === null).length;
  if (failed > 0) throw new BadUserInput(`${failed} of ${testAlert.length} notifications were not delivered`);
}
