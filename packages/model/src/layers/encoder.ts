/** What encoders share: the block of the first Transformer, and what goes into and comes out of a model. */
import { ops, type random, tf } from '@quire/runtime';
import { type Activation, activate } from './activations.ts';
import { attend, joinHeads, splitHeads } from './attention.ts';
import type { Dropouts } from './dropout.ts';
import { type Linear, linear } from './linear.ts';

export interface EncoderInputs {
  /** int32 (B, T) */
  inputIds: tf.Tensor2D;
  /** int32 (B, T): 1 for tokens, 0 for padding. All are tokens where not given. */
  attentionMask?: tf.Tensor2D;
  /** int32 (B, T) or (1, T): where each token is, where that isn't what the model counts itself */
  positionIds?: tf.Tensor2D;
}

export interface EncoderOptions {
  /** With dropout, as while training. */
  dropoutKey?: random.Key;
  /** With the attention of each layer and head. */
  attentions?: boolean;
}

export interface EncoderOutputs {
  /** float32 (B, T, C): the last hidden state */
  hidden: tf.Tensor3D;
  /** float32 (B, T, C): the embeddings, then the state after each block; the last is `hidden` */
  hiddenStates: tf.Tensor3D[];
  /** float32 (B, H, T, T), one for each block; empty where not asked for */
  attentions: tf.Tensor4D[];
  /** float32 (B, C): of the first token, where the model has a pooler */
  pooled?: tf.Tensor2D;
  /** float32 (B, T, V) of language modelling, (B, T, L) of token classification, (B, L) of sequences */
  logits?: tf.Tensor;
}

export interface Norm {
  weight: tf.Tensor1D;
  bias: tf.Tensor1D;
}

/** A block's layers by what they do, whatever their published names are. */
export interface BlockLayers {
  query: Linear;
  key: Linear;
  value: Linear;
  /** Of the joined heads. */
  output: Linear;
  inner: Linear;
  outer: Linear;
}

export interface EncoderBlock extends BlockLayers {
  outputNorm: Norm;
  outerNorm: Norm;
}

export interface EncoderBlockOptions {
  heads: number;
  activation: Activation;
  layerNormEpsilon: number;
  dropouts: Dropouts;
  /** Of the attention's weights. */
  attentionDropout: number;
  /** Of what attention adds. */
  outputDropout: number;
  /** Of what the feed-forward layers add. */
  outerDropout: number;
  /** bool (B, 1, 1, T): true where a token may be seen */
  mask?: tf.Tensor4D;
  /** Whether each position sees itself and earlier ones only. */
  causal?: boolean;
  attentions?: boolean;
  /** Whether what comes out is of the first position alone, (B, 1, C): the others are keys and values for it. */
  onlyFirst?: boolean;
}

export interface BlockOutputs {
  /** float32 (B, T, C) */
  x: tf.Tensor3D;
  /** float32 (B, H, T, T): the attention's, where asked for */
  weights?: tf.Tensor4D;
}

/** Attention and feed-forward layers, each normalized after what it adds (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762). */
export function encoderBlock(
  x: tf.Tensor3D,
  block: EncoderBlock,
  options: EncoderBlockOptions,
): BlockOutputs {
  const { layerNormEpsilon: epsilon } = options;
  const { x: attended, weights } = selfAttention(x, block, options);
  const middle = layerNorm(asked(x, options).add(attended) as tf.Tensor3D, block.outputNorm, epsilon);
  const added = feedForward(middle, block, options);
  const next = layerNorm(middle.add(added) as tf.Tensor3D, block.outerNorm, epsilon);
  return { x: next, ...(weights && { weights }) };
}

/** What attention over heads adds. */
export function selfAttention(
  x: tf.Tensor3D,
  block: BlockLayers,
  options: EncoderBlockOptions,
): BlockOutputs {
  const { heads, mask, causal, dropouts } = options;
  const dropout = dropouts.next(options.attentionDropout);
  const { values, weights } = attend(
    splitHeads(linear(asked(x, options), block.query), heads),
    splitHeads(linear(x, block.key), heads),
    splitHeads(linear(x, block.value), heads),
    {
      ...(mask && { mask }),
      ...(causal && { causal }),
      ...(options.attentions && { weights: true }),
      ...(dropout && { dropout }),
    },
  );
  const added = dropouts.apply(linear(joinHeads(values), block.output), options.outputDropout);
  return { x: added, ...(weights && { weights }) };
}

/** What a block is asked for: all positions, (B, T, C), or the first, (B, 1, C). */
export function asked(x: tf.Tensor3D, { onlyFirst = false }: EncoderBlockOptions): tf.Tensor3D {
  const [b, , c] = x.shape;
  return onlyFirst ? x.slice([0, 0, 0], [b, 1, c]) : x;
}

export interface EncodedBlocks extends Pick<EncoderOutputs, 'hidden' | 'hiddenStates' | 'attentions'> {
  /**
   * The first position after the last block, float32 (B, C), what a head for whole sequences reads. Where a compiled
   * function uses nothing else of that block, nothing else is computed: of its products the keys and values alone.
   */
  first: () => tf.Tensor2D;
}

/**
 * One block after the other.
 *
 * @param x float32 (B, T, C)
 * @param run `encoderBlock`, or `preNormBlock`
 */
export function runBlocks<Block extends BlockLayers>(
  x: tf.Tensor3D,
  blocks: readonly Block[],
  run: (x: tf.Tensor3D, block: Block, options: EncoderBlockOptions) => BlockOutputs,
  options: EncoderBlockOptions,
): EncodedBlocks {
  const hiddenStates = [x];
  const attentions: tf.Tensor4D[] = [];
  let first: EncodedBlocks['first'] = () => firstToken(x);
  for (const block of blocks) {
    const before = hiddenStates.at(-1) as tf.Tensor3D;
    const [, t] = before.shape;
    const drawn = options.dropouts.ofFirst(t);
    const next = run(before, block, options);
    hiddenStates.push(next.x);
    if (next.weights) attentions.push(next.weights);
    // Attention that was asked for is that behind the result.
    const alone = !next.weights && !options.causal;
    first = () => {
      if (!alone) return firstToken(next.x);
      return firstToken(run(before, block, { ...options, dropouts: drawn.ofFirst(t), onlyFirst: true }).x);
    };
  }
  return { hidden: hiddenStates.at(-1) as tf.Tensor3D, hiddenStates, attentions, first };
}

/** What the feed-forward layers add. */
export function feedForward(x: tf.Tensor3D, block: BlockLayers, options: EncoderBlockOptions): tf.Tensor3D {
  const inner = activate(linear(x, block.inner), options.activation);
  return options.dropouts.apply(linear(inner, block.outer), options.outerDropout);
}

export function layerNorm<T extends tf.Tensor>(x: T, { weight, bias }: Norm, epsilon: number): T {
  return ops.layerNorm(x, weight, bias, epsilon) as T;
}

/** int32 (B, T) of 1 and 0 as bool (B, 1, 1, T) */
export function paddingMask(attentionMask: tf.Tensor2D): tf.Tensor4D {
  const [b, t] = attentionMask.shape;
  return attentionMask.cast('bool').reshape([b, 1, 1, t]); // (B, T) -> (B, 1, 1, T)
}

/** The first token's state: (B, T, C) -> (B, C) */
function firstToken(hidden: tf.Tensor3D): tf.Tensor2D {
  const [b, , c] = hidden.shape;
  return hidden.slice([0, 0, 0], [b, 1, c]).reshape([b, c]); // (B, 1, C) -> (B, C)
}

/** The state of each sequence at its place of `at`, int32 (B): (B, T, C) -> (B, C) */
export function rowsAt(hidden: tf.Tensor3D, at: tf.Tensor1D): tf.Tensor2D {
  const [b, t, c] = hidden.shape;
  const rows = tf.range(0, b, 1, 'int32').mul(tf.scalar(t, 'int32')).add(at);
  return tf.gather(hidden.reshape([b * t, c]), rows) as tf.Tensor2D; // (B, T, C) -> (B T, C) -> (B, C)
}

/** int32 (B): where each sequence's last token is that isn't padding; the very last where no padding is known. */
export function lastTokens(
  inputIds: tf.Tensor2D,
  attentionMask: tf.Tensor2D | undefined,
  padTokenId: number | undefined,
): tf.Tensor1D {
  const t = inputIds.shape[1];
  const real =
    padTokenId === undefined
      ? attentionMask
      : inputIds.notEqual(tf.scalar(padTokenId, 'int32')).cast('int32');
  if (!real) return tf.fill([inputIds.shape[0]], t - 1, 'int32');
  return tf.range(0, t, 1, 'int32').mul(real).max(1).cast('int32') as tf.Tensor1D;
}

/** @throws {RangeError} where sequences are longer than the model has positions for. */
export function checkLength({ shape: [, length] }: tf.Tensor2D, contextLength: number): void {
  if (length <= contextLength) return;
  throw new RangeError(
    `Sequences of ${length} tokens are too long for a model of ${contextLength} positions: truncate them to that many (config.contextLength).`,
  );
}
