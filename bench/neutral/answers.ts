import { ms, quantile } from '../measure.ts';
import { type Asker, createAsker } from './ask.ts';
import type { Question } from './questions.ts';
import { failure, line } from './table.ts';

const TIMES = 5;

/** Asks each question once, checks its result, and takes the median of five more. One connection. */
export async function askAll(url: string, questions: readonly Question[]): Promise<void> {
  using asker = createAsker(url);
  for (const question of questions) {
    const { name, aimMs } = question;
    try {
      const times = await askTimes(asker, question);
      const median = quantile(times.slice(1));
      const measured = `${ms(median)} (first ${ms(times[0]!)})`;
      if (aimMs === undefined) line(name, measured);
      else line(name, measured, `at most ${ms(aimMs)}`, median <= aimMs);
    } catch (error) {
      failure(name, (error as Error).message);
    }
  }
}

/** @throws when a result is wrong */
async function askTimes(asker: Asker, { graphql, problem }: Question): Promise<number[]> {
  const times: number[] = [];
  for (let time = 0; time <= TIMES; time++) {
    const answer = await asker.ask(graphql);
    const found = problem(answer.data as never);
    if (found !== null) throw new Error(found);
    times.push(answer.ms);
  }
  return times;
}
