/** `npx node bench/chaos.ts [seconds]`: the tails of two servers during a minute of failures. Exit code 1 if a tail misses or repeats a record. */
import { NOTHING_WRONG, shown } from '../test/support/chaos/count.ts';
import { createHistory } from '../test/support/chaos/history.ts';
import { runTails, wrongWith } from '../test/support/chaos/tails.ts';

const seconds = Number(process.argv[2] ?? 60);
const PLAN = { seconds, redisKills: 3, serverKills: 2, postgresRestarts: 1, recordsPerRequest: 50, pauseMs: 5 };

const history = createHistory();
const { count, results } = await runTails(PLAN, history);
console.log(String(history));
console.log(`${count.sent} records sent, ${count.acknowledged} acknowledged, ${count.stored} stored`);
for (const { filter, stored, delivered, resumed } of results) {
  const counts = delivered.map((ids, server) => `${ids.length} (resumed ${resumed[server]} times)`).join(' and ');
  console.log(`${JSON.stringify(filter)}: ${stored.length} stored; delivered ${counts}`);
}
const wrong = [...results.flatMap(wrongWith)];
if (JSON.stringify(shown(count)) !== JSON.stringify(NOTHING_WRONG)) wrong.push(JSON.stringify(shown(count)));
console.log(wrong.length === 0 ? 'no record missing, none twice, one order' : wrong.join('\n'));
process.exitCode = wrong.length === 0 ? 0 : 1;
