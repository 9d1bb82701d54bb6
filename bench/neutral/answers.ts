import { ms, quantile } from '../measure.ts';
import { type Asker, createAsker } from './ask.ts';
import type { Question } from './questions.ts';
import { failure, line } from './table.ts';

const TIMES = 5;

/** What one answer takes in milliseconds: by the clock, and as CPU time of server and PostgreSQL. */
interface Answers {
  first: number;
  median: number;
  cpu: number;
}

/**
 * Asks each question once, checks its result, and takes the median of five more, over one connection. `readCpuSeconds`: of
 * server and PostgreSQL; on a busy machine it says more than the clock.
 */
export async function askAll(
  url: string,
  questions: readonly Question[],
  readCpuSeconds: () => Promise<number>,
): Promise<void> {
  using asker = createAsker(url);
  for (const question of questions) {
    const { name, aimMs } = question;
    try {
      const { first, median, cpu } = await answersOf(asker, question, readCpuSeconds);
      const measured = `${ms(median)} (first ${ms(first)}, CPU ${cpu.toFixed(0)} ms)`;
      if (aimMs === undefined) line(name, measured);
      else line(name, measured, `at most ${ms(aimMs)}`, median <= aimMs);
    } catch (error) {
      failure(name, (error as Error).message);
    }
  }
}

/** @throws when a result is wrong */
async function answersOf(
  asker: Asker,
  { graphql, problem }: Question,
  readCpuSeconds: () => Promise<number>,
): Promise<Answers> {
  const ask = async (): Promise<number> => {
    const answer = await asker.ask(graphql);
    const found = problem(answer.data as never);
    if (found !== null) throw new Error(found);
    return answer.ms;
  };
  const first = await ask();
  const before = await readCpuSeconds();
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) times.push(await ask());
  return { first, median: quantile(times), cpu: (((await readCpuSeconds()) - before) * 1000) / TIMES };
}
