/** Runs follow each other: a donated buffer is used again only when the run that read it is over. */
// Those of `globalThis` may be a notebook kernel's, which drops callbacks of an interrupted cell.
import { setImmediate } from 'node:timers';

interface Turn {
  moves: number;
}

let current: Turn | undefined;

/**
 * A task that makes no move in so many turns of the event loop was ended from outside: an interrupt of a notebook's cell
 * ends JavaScript anywhere, past its `finally`, and drops its promises. ONNX Runtime's calls take one turn each.
 */
const LOST = 10;

/**
 * Runs `task` when those before it are over. It calls `moved` after each of its waits, which are for ONNX Runtime only.
 */
export async function inTurn<Result>(task: (moved: () => void) => Promise<Result>): Promise<Result> {
  while (current) await over(current);
  const turn: Turn = { moves: 0 };
  current = turn;
  try {
    return await task(() => {
      turn.moves++;
    });
  } finally {
    if (current === turn) current = undefined;
  }
}

async function over(turn: Turn): Promise<void> {
  let { moves } = turn;
  for (let still = 0; still < LOST; still++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (current !== turn) return;
    if (turn.moves === moves) continue;
    still = 0;
    moves = turn.moves;
  }
  current = undefined;
}
