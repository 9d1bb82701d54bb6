import { ms, quantile } from '../measure.ts';
import { createAsker } from './ask.ts';
import type { Question } from './questions.ts';
import { failure, line } from './table.ts';

const TIMES = 5;

/** Asks each question once, checks its result, and takes the median of five more. One connection. */
export async function askAll(url: string, questions: readonly Question[]): Promise<void> {
  using asker = createAsker(url);
  for (const { name, graphql, aimMs, problem } of questions) {
    const wrong: string[] = [];
    const times: number[] = [];
    for (let time = 0; time <= TIMES; time++) {
      const answer = await asker.ask(graphql);
      const found = problem(answer.data as never);
      if (found !== null) wrong.push(found);
      times.push(answer.ms);
    }
    const [first, ...rest] = times;
    const median = quantile(rest);
    if (wrong.length > 0) failure(name, wrong[0]!);
    else
      line(
        name,
        `${ms(median)} (first ${ms(first!)})`,
        aimMs === undefined ? '' : `at most ${ms(aimMs)}`,
        aimMs === undefined ? undefined : median <= aimMs,
      );
  }
}
