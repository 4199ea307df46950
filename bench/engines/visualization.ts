/** `node visualization.js line|points|live`: prints one number. */
import { DISPLAY, line, liveCurves, scatter } from '@quire/visualization';

const CASES: Record<string, () => Promise<number>> = {
  line: () =>
    picture(() =>
      line({
        step: Array.from({ length: 100 }, (_, i) => i),
        train: Array.from({ length: 100 }, (_, i) => Math.exp(-i / 30)),
        validation: Array.from({ length: 100 }, (_, i) => Math.exp(-i / 40) + 0.1),
      }),
    ),
  points: () =>
    picture(() =>
      scatter({
        x: Float32Array.from({ length: 10_000 }, (_, i) => Math.cos(i) * Math.sqrt(i)),
        y: Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i) * Math.sqrt(i)),
      }),
    ),
  live,
};

/** Milliseconds for all that a notebook is given of a figure: the median of 7, after 3. */
async function picture(make: () => ReturnType<typeof line>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    await make()[DISPLAY]();
    times.push(performance.now() - start);
  }
  return times.slice(3).sort((a, b) => a - b)[3]!;
}

/**
 * Percent of ten seconds of steps that logging took, with what the kernel does to a frame: a copy as JSON.
 */
async function live(): Promise<number> {
  const send = (value: unknown): void => {
    JSON.parse(JSON.stringify(value));
  };
  const curves = liveCurves({
    display: {
      display(value) {
        send(value);
        return { update: async (next) => send(next) };
      },
    },
  });
  let logging = 0;
  const start = performance.now();
  for (let step = 0; performance.now() - start < 10_000; step++) {
    const end = performance.now() + 2;
    while (performance.now() < end);
    const before = performance.now();
    curves.log(step, {
      'loss/train': Math.sin(step),
      'loss/validation': Math.cos(step),
      rate: 1 / (step + 1),
    });
    logging += performance.now() - before;
  }
  return (100 * logging) / (performance.now() - start);
}

const number = await CASES[process.argv[2] ?? '']!();
console.log(number);
process.exit();
