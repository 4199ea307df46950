/**
 * TensorFlow.js counts how deep it is in gradients and kernels. An interrupt of a notebook's cell ends them past their
 * `finally`, and the counts would stay: no gradient could be taken any more.
 */
// Those of `globalThis` may be a notebook kernel's, which drops callbacks of an interrupted cell.
import { setImmediate } from 'node:timers';
import * as tf from '../tf.ts';

interface Engine {
  state: { gradientDepth: number; kernelDepth: number; activeTape: unknown };
  startTape(): void;
}

const engine = tf.engine() as unknown as Engine;
const { startTape } = engine;

engine.startTape = () => {
  const { state } = engine;
  if (state.gradientDepth === 0) {
    state.kernelDepth = 0;
    // A tape starts and ends in one turn of the event loop.
    setImmediate(() => Object.assign(state, { gradientDepth: 0, kernelDepth: 0, activeTape: null }));
  }
  startTape.call(engine);
};
