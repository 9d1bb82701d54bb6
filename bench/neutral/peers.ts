/** From another run, on two cores that the client shared; compare with this machine's own limit before comparing times. */
const MEASURED_ELSEWHERE: readonly (readonly string[])[] = [
  ['', 'VictoriaLogs 1.26', 'Loki 3.7.6', 'Weir 0.1.0'],
  ['stored, records/s', '165,000', '80,000', '41,000'],
  ['CPU s a million, until idle', '11.8', '25.9', '44.9'],
  ['bytes a record on disk', '59', '358 (with WAL)', '620'],
  ['latest 100, ms', '18.5', '480', '8.7'],
  ['latest 100 errors, ms', '18.0', '110', '7.7'],
  ['latest 100 of a component, ms', '22.0', '33', '8.7'],
  ['one chain without a time, ms', '9.1', '4,476', '7.6'],
  ['rare word, newest 100, ms', '250', '3,898', '1,416'],
  ['rare word, all 200, ms', '111', '4,269', '1,745'],
  ['rare substring, newest 100, ms', '398', '4,188', '1,256'],
  ['rare substring, all 200, ms', '173', '4,284', '1,415'],
  ['per level per hour, ms', '53', '9,039', '72'],
  ['count, ms', '1.0', '5,989', '65'],
];

export function printPeers(): void {
  console.log('\nThe peers, with 2,000,000 rows of the same form: measured elsewhere, not in this run.');
  console.log('Limit there: psql \\copy with the primary key 139,000 records/s.');
  for (const [what, ...figures] of MEASURED_ELSEWHERE)
    console.log(`  ${what!.padEnd(34)}${figures.map((figure) => figure.padStart(20)).join('')}`);
}
