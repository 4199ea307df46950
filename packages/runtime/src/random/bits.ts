/**
 * Random bits as a pure function of a key and a position: a counter-based generator (Salmon et al. 2011, "Parallel random
 * numbers: as easy as 1, 2, 3"). Each round is the permutation x (2x + d) of RC6 (Rivest et al. 1998), d odd, whose high
 * bits depend on all lower ones, and then adds the high half to the low one: int32 products, sums and quotients are what
 * every device computes alike. Not for cryptography.
 */
import { sizeOf } from '../graph/values.ts';
import { fused } from '../ops/fused.ts';
import * as tf from '../tf.ts';

/** Odd, one for each round. */
const ROUNDS = [0x85ebca6b | 0, 0xc2b2ae35 | 0, 0x27d4eb2f | 0];
const HALF = 1 << 16;
const STEP = 0x9e3779b1 | 0;

/** int32 (2): the state of a generator, which is never changed, only split or folded. */
export type Key = tf.Tensor1D;

export function checkKey(key: Key): void {
  if (key.dtype !== 'int32' || key.shape.length !== 1 || key.shape[0] !== 2) {
    throw new TypeError(`A random key is int32 [2], from random.key(seed), not ${key.dtype} [${key.shape}].`);
  }
}

/** int32 of `shape`, all 2³² values alike. */
export function bits(key: Key, shape: readonly number[]): tf.Tensor {
  checkKey(key);
  const size = sizeOf(shape);
  const [result] = fused(
    [key],
    (graph, k) => {
      const whole = (n: number) => graph.scalar(n, 'int32');
      const word = (i: number) => graph.slice(k as never, [i], [i + 1]);
      const [first, second] = [word(0), word(1)];
      const range = [whole(0), whole(size), whole(1)];
      const position = graph.one('Range', range, {}, [size], 'int32');
      let h = graph.binary('Add', graph.binary('Mul', position, whole(STEP)), first);
      ROUNDS.forEach((odd, round) => {
        h = graph.binary('Mul', h, graph.binary('Add', graph.binary('Mul', h, whole(2)), whole(odd)));
        h = graph.binary('Add', h, graph.binary('Div', h, whole(HALF)));
        if (round === 0) h = graph.binary('Add', h, second);
      });
      return [graph.reshape(h, shape)];
    },
    () => {
      const [first = 0, second = 0] = key.dataSync();
      const data = new Int32Array(size);
      for (let i = 0; i < size; i++) {
        let h = (Math.imul(i, STEP) + first) | 0;
        ROUNDS.forEach((odd, round) => {
          h = Math.imul(h, (Math.imul(h, 2) + odd) | 0);
          h = (h + ((h / HALF) | 0)) | 0;
          if (round === 0) h = (h + second) | 0;
        });
        data[i] = h;
      }
      return [tf.tensor(data, [...shape], 'int32')];
    },
  );
  return result as tf.Tensor;
}
