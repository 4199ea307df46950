/**
 * Discriminative learning rates: lower layers, which hold what is general, change less (Howard and Ruder 2018, "Universal
 * language model fine-tuning for text classification", https://arxiv.org/abs/1801.06146).
 */
import { leavesOf, type optimizers, tf, unflatten } from '@quire/runtime';
import { publishedName } from '../parameters/names.ts';
import { layerIndex, named } from './predicates.ts';

/** What the learning rate of a parameter is multiplied with, by its published name. */
export type RateMultiplier = (name: string) => number;

/**
 * The optimizer with another learning rate for each parameter, as PyTorch's parameter groups: each change, decoupled
 * weight decay included, is multiplied. 0 leaves a parameter as it is.
 */
export function scaledRates<State>(
  optimizer: optimizers.Optimizer<State>,
  multiplier: RateMultiplier,
): optimizers.Optimizer<State> {
  return {
    init: (params) => optimizer.init(params),
    update: (gradients, state, params) => {
      const next = optimizer.update(gradients, state, params);
      const replaced = leavesOf<tf.Tensor>(next.params);
      const leaves = leavesOf<tf.Tensor>(params).map(({ path, value: before }, i) => {
        const after = (replaced[i] as { value: tf.Tensor }).value;
        const factor = multiplier(publishedName(path));
        if (!(Number.isFinite(factor) && factor >= 0)) {
          throw new RangeError(
            `The rate of ${publishedName(path)} is multiplied with ${factor}: give 0 or more.`,
          );
        }
        if (factor === 1 || before.dtype !== 'float32') return after;
        const scaled = tf.tidy(() => before.add(after.sub(before).mul(factor)));
        after.dispose();
        return scaled;
      });
      return { params: unflatten(params, leaves) as typeof params, state: next.state };
    },
  };
}

export interface LayerwiseDecay {
  /** What the names of layers start with: `transformer.h`. */
  layers: string;
  /** How many layers there are. */
  count: number;
  /** What comes below the first layer, by what its names start with: `['transformer.wte', 'transformer.wpe']`. */
  below: readonly string[];
  /** From one layer to the one below: 1 / 2.6 in the paper, 0.9 is usual for transformers. */
  decay: number;
}

/** 1 for the head and what else is above all layers, `decay` for the last layer, and so on down to the embeddings. */
export function layerwiseDecay({ layers, count, below, decay }: LayerwiseDecay): RateMultiplier {
  const isBelow = named(...below);
  return (name) => {
    const index = layerIndex(name, layers);
    if (index !== undefined) return decay ** (count - index);
    return isBelow(name) ? decay ** (count + 1) : 1;
  };
}
