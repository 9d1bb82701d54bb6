import { type Piece, piecesOf } from './pattern.ts';

type Step =
  | { do: 'one'; test(character: string): boolean }
  | { do: 'place'; test(text: string, at: number): boolean }
  | { do: 'look'; program: Step[]; negative: boolean }
  | Fork
  | Jump
  | { do: 'match' };

/** Two ways. The second one is tried if the first one fails. */
interface Fork {
  do: 'fork';
  first: number;
  second: number;
}

interface Jump {
  do: 'jump';
  to: number;
}

export interface Counted {
  steps: number;
  matched: boolean;
  /** It took more steps than `stepsMax`, and was stopped. */
  stopped: boolean;
}

/** Steps of the program of one pattern. Counted repetitions inside one another multiply it. */
const PROGRAM_STEPS_MAX = 20_000;

/**
 * Counts the steps in which a backtracking engine searches a text: the time of `RegExp`, without a clock. With the flag `g` it
 * counts the search for all matches.
 */
export function stepCounter(pattern: RegExp): (text: string, stepsMax: number) => Counted {
  const program = compile(piecesOf(pattern));
  const all = pattern.global;
  return (text, stepsMax) => {
    const budget = { left: stepsMax };
    let matched = false;
    try {
      for (let start = 0; start <= text.length; ) {
        const end = run(program, text, start, budget);
        matched ||= end !== undefined;
        if (pattern.sticky || (end !== undefined && !all)) break;
        start = Math.max(end ?? 0, start + 1);
      }
      return { steps: stepsMax - budget.left, matched, stopped: false };
    } catch (error) {
      if (error !== STOPPED) throw error;
      return { steps: stepsMax, matched, stopped: true };
    }
  };
}

const STOPPED = new Error('too many steps');

/** The end of the match that begins at `start`. */
function run(program: readonly Step[], text: string, start: number, budget: { left: number }): number | undefined {
  const untried: number[] = [0, start];
  while (untried.length > 0) {
    let at = untried.pop()!;
    let next = untried.pop()!;
    for (let goes = true; goes; ) {
      if (--budget.left < 0) throw STOPPED;
      const step = program[next]!;
      switch (step.do) {
        case 'match':
          return at;
        case 'one':
          goes = at < text.length && step.test(text[at]!);
          at++;
          next++;
          break;
        case 'place':
          goes = step.test(text, at);
          next++;
          break;
        case 'look':
          goes = (run(step.program, text, at, budget) !== undefined) !== step.negative;
          next++;
          break;
        case 'fork':
          untried.push(step.second, at);
          next = step.first;
          break;
        case 'jump':
          next = step.to;
      }
    }
  }
  return undefined;
}

function compile(whole: Piece): Step[] {
  const program: Step[] = [];
  const add = (piece: Piece): void => {
    if (program.length > PROGRAM_STEPS_MAX) throw new RangeError('the pattern is too large');
    switch (piece.type) {
      case 'one':
        program.push({ do: 'one', test: piece.test });
        break;
      case 'place':
        program.push({ do: 'place', test: piece.test });
        break;
      case 'look':
        program.push({ do: 'look', program: compile(piece.piece), negative: piece.negative });
        break;
      case 'all':
        piece.pieces.forEach(add);
        break;
      case 'any':
        addOptions(piece.options);
        break;
      case 'repeat':
        addRepeat(piece);
    }
  };
  const fork = (): Fork => {
    const step: Fork = { do: 'fork', first: program.length + 1, second: program.length + 1 };
    program.push(step);
    return step;
  };
  const jump = (to: number): Jump => {
    const step: Jump = { do: 'jump', to };
    program.push(step);
    return step;
  };
  function addOptions(options: readonly Piece[]): void {
    const ends = options.slice(0, -1).map((option) => {
      const start = fork();
      add(option);
      const end = jump(0);
      start.second = program.length;
      return end;
    });
    add(options.at(-1)!);
    for (const end of ends) end.to = program.length;
  }
  function addRepeat({ piece, min, max, lazy }: Extract<Piece, { type: 'repeat' }>): void {
    const skips: Fork[] = [];
    for (let i = 0; i < min; i++) add(piece);
    const isEndless = max === Number.POSITIVE_INFINITY;
    for (let i = min; i < (isEndless ? min + 1 : max); i++) {
      const start = program.length;
      skips.push(fork());
      add(piece);
      if (isEndless) jump(start);
    }
    for (const skip of skips) {
      if (lazy) [skip.first, skip.second] = [program.length, skip.first];
      else skip.second = program.length;
    }
  }
  add(whole);
  program.push({ do: 'match' });
  return program;
}
