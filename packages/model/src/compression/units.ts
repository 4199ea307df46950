/**
 * Structured pruning: whole neurons and heads, which can be left out of the weights, so that the model really is smaller
 * and faster (Li et al. 2016, "Pruning filters for efficient convnets", https://arxiv.org/abs/1608.08710; heads: Michel
 * et al. 2019, "Are sixteen heads really better than one?", https://arxiv.org/abs/1905.10650).
 */
import { jit, mapTree, tf } from '@quire/runtime';
import { namedLeaves, publishedName } from '../parameters/names.ts';
import type { Masks } from './masks.ts';
import { requireSparsity } from './sparsity.ts';

/** Units of a layer that are pruned as a whole, and where their numbers are. */
export interface UnitGroup {
  /** Such as `transformer.h.0.mlp`. */
  name: string;
  /** How many there are: neurons of a feed-forward layer, or heads. */
  units: number;
  members: readonly UnitMember[];
}

/** A parameter along one axis of which the units lie one after another, each with as many numbers. */
export interface UnitMember {
  name: string;
  axis: number;
  /** How often all units come one after another along the axis: 3 where query, key and value are one weight; else 1. */
  parts?: number;
}

/**
 * The magnitude of each unit: the L2 norm of all its numbers.
 *
 * @returns by group
 */
export async function unitScores(
  params: unknown,
  groups: readonly UnitGroup[],
): Promise<Record<string, Float64Array>> {
  const tensors = leaves(params);
  const scores: Record<string, Float64Array> = {};
  for (const group of groups) {
    const sums = new Float64Array(group.units);
    for (const member of group.members) {
      const tensor = tensorOf(tensors, member);
      const data = await tensor.data();
      eachRun(tensor, member, group, (unit, from, to) => {
        let sum = 0;
        for (let i = from; i < to; i++) sum += (data[i] as number) ** 2;
        sums[unit] = (sums[unit] as number) + sum;
      });
    }
    scores[group.name] = sums.map(Math.sqrt);
  }
  return scores;
}

export interface UnitOptions {
  /** How many units of each group are pruned, from 0 to below 1; at least one stays. */
  sparsity: number;
  /** What is kept first, by group: `unitScores` where not given. */
  scores?: Readonly<Record<string, ArrayLike<number>>>;
}

/**
 * Masks of the units with the lowest scores, the same number in each group. Whoever asked disposes them.
 *
 * @throws {RangeError} where a parameter isn't there, or its axis isn't a multiple of the units.
 */
export async function unitMasks(
  params: unknown,
  groups: readonly UnitGroup[],
  { sparsity, scores }: UnitOptions,
): Promise<Masks> {
  requireSparsity(sparsity);
  const found = scores ?? (await unitScores(params, groups));
  const tensors = leaves(params);
  const masks: Record<string, { tensor: tf.Tensor; mask: Float32Array }> = {};
  for (const group of groups) {
    const own = found[group.name];
    if (own?.length !== group.units) throw new RangeError(`${group.name} needs ${group.units} scores.`);
    const count = Math.min(group.units - 1, Math.round(sparsity * group.units));
    const order = Array.from({ length: group.units }, (_, i) => i).sort(
      (a, b) => (own[a] as number) - (own[b] as number) || a - b,
    );
    const gone = new Set(order.slice(0, count));
    for (const member of group.members) {
      const tensor = tensorOf(tensors, member);
      const { mask } = masks[member.name] ?? { mask: new Float32Array(tensor.size).fill(1) };
      masks[member.name] = { tensor, mask };
      eachRun(tensor, member, group, (unit, from, to) => {
        if (gone.has(unit)) mask.fill(0, from, to);
      });
    }
  }
  return Object.fromEntries(
    Object.entries(masks).map(([name, { tensor, mask }]) => [name, tf.tensor(mask, tensor.shape)]),
  );
}

/**
 * New parameters in which pruned units are left out of the weights; the old ones stay the caller's. With neurons of
 * feed-forward layers left out, the model's `innerWidth` is what is left, and it saves and loads. With heads left out its
 * `heads` is, for `forward`; checkpoints and the cache of generation have no words for that.
 *
 * @throws {RangeError} where a mask prunes a part of a unit, or more units in one group than in another.
 */
export async function removeUnits<Params>(
  params: Params,
  groups: readonly UnitGroup[],
  masks: Masks,
): Promise<Params> {
  const tensors = leaves(params);
  const kept = new Map<string, { axis: number; indices: number[] }>();
  const counts = new Set<number>();
  for (const group of groups) {
    const units = await keptUnits(group, tensors, masks);
    counts.add(units.length);
    for (const member of group.members) {
      const length = tensorOf(tensors, member).shape[member.axis] as number;
      const { parts = 1 } = member;
      const width = length / parts / group.units;
      const indices = Array.from({ length: parts }, (_, part) =>
        units.flatMap((unit) =>
          Array.from({ length: width }, (_, i) => (part * group.units + unit) * width + i),
        ),
      ).flat();
      kept.set(member.name, { axis: member.axis, indices });
    }
  }
  if (counts.size > 1) {
    throw new RangeError(
      `Groups keep ${[...counts].join(' and ')} units: a model has the same number in each layer.`,
    );
  }
  const remove = jit(
    (params: Params) =>
      mapTree(params as never, (weight: tf.Tensor, path) => {
        const own = kept.get(publishedName(path));
        return own ? tf.gather(weight, tf.tensor1d(own.indices, 'int32'), own.axis) : weight.clone();
      }) as Params,
    { name: 'a removal of units' },
  );
  const result = (await remove(params)) as Params;
  await remove.release();
  return result;
}

async function keptUnits(
  group: UnitGroup,
  tensors: ReadonlyMap<string, tf.Tensor>,
  masks: Masks,
): Promise<number[]> {
  const kept = new Float64Array(group.units);
  const all = new Float64Array(group.units);
  for (const member of group.members) {
    const mask = masks[member.name];
    if (!mask) throw new RangeError(`There is no mask of ${member.name}.`);
    const data = await mask.data();
    eachRun(tensorOf(tensors, member), member, group, (unit, from, to) => {
      for (let i = from; i < to; i++) if (data[i] !== 0) kept[unit] = (kept[unit] as number) + 1;
      all[unit] = (all[unit] as number) + to - from;
    });
  }
  const part = kept.findIndex((count, unit) => count > 0 && count < (all[unit] as number));
  if (part >= 0)
    throw new RangeError(`Unit ${part} of ${group.name} is pruned in part: only whole ones can go.`);
  return [...kept.keys()].filter((unit) => kept[unit] !== 0);
}

const leaves = (params: unknown): Map<string, tf.Tensor> =>
  new Map(namedLeaves(params).map(({ name, value }) => [name, value]));

function tensorOf(tensors: ReadonlyMap<string, tf.Tensor>, { name }: UnitMember): tf.Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new RangeError(`There is no parameter ${name}.`);
  return tensor;
}

/**
 * Calls `visit` for each run of numbers of one unit in the flat tensor.
 *
 * @throws {RangeError} where the axis isn't a multiple of the units.
 */
function eachRun(
  { shape, size }: tf.Tensor,
  { name, axis, parts = 1 }: UnitMember,
  { units }: UnitGroup,
  visit: (unit: number, from: number, to: number) => void,
): void {
  const length = shape[axis] as number;
  const width = length / parts / units;
  if (!Number.isInteger(width)) {
    throw new RangeError(
      `Axis ${axis} of ${name}, ${length}, isn't ${parts} times a multiple of ${units} units.`,
    );
  }
  const run = width * shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  for (let from = 0, unit = 0; from < size; from += run, unit = (unit + 1) % units)
    visit(unit, from, from + run);
}
