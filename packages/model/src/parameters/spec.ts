/**
 * Parameters before they have numbers: nested objects and arrays of shapes, whose keys are the published names of the
 * checkpoint. An architecture declares them once; initialization, loading, saving and checking all read that.
 */
import type { tf } from '@quire/runtime';

/** How a parameter starts. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  /** Normally distributed with that standard deviation, and mean 0. */
  | { readonly kind: 'normal'; readonly deviation: number; readonly zeroRow?: number }
  /** Evenly distributed in [-bound, bound). */
  | { readonly kind: 'uniform'; readonly bound: number };

export class ParameterSpec<R extends tf.Rank = tf.Rank> {
  readonly shape: tf.ShapeMap[R];
  readonly initializer: Initializer;
  /** Whether it isn't trained by gradients: running statistics of a batch norm. */
  readonly buffer: boolean;

  constructor(shape: tf.ShapeMap[R], initializer: Initializer, buffer = false) {
    this.shape = shape;
    this.initializer = initializer;
    this.buffer = buffer;
  }
}

/** Parameters of the structure that a spec declares. */
export type ParametersOf<Spec> =
  Spec extends ParameterSpec<infer R>
    ? tf.Tensor<R>
    : Spec extends readonly (infer Item)[]
      ? ParametersOf<Item>[]
      : Spec extends object
        ? { [Key in keyof Spec]: ParametersOf<Spec[Key]> }
        : Spec;

type RankOf<Shape extends readonly number[]> = Shape extends readonly []
  ? tf.Rank.R0
  : Shape extends readonly [number]
    ? tf.Rank.R1
    : Shape extends readonly [number, number]
      ? tf.Rank.R2
      : Shape extends readonly [number, number, number]
        ? tf.Rank.R3
        : Shape extends readonly [number, number, number, number]
          ? tf.Rank.R4
          : tf.Rank;

/** Normally distributed numbers; of an embedding the row `zeroRow` (that of the padding token) is zero. */
export function normal<const Shape extends readonly number[]>(
  shape: Shape,
  deviation: number,
  zeroRow?: number,
): ParameterSpec<RankOf<Shape>> {
  const initializer: Initializer =
    zeroRow === undefined ? { kind: 'normal', deviation } : { kind: 'normal', deviation, zeroRow };
  return new ParameterSpec<RankOf<Shape>>([...shape] as never, initializer);
}

export function uniform<const Shape extends readonly number[]>(
  shape: Shape,
  bound: number,
): ParameterSpec<RankOf<Shape>> {
  return new ParameterSpec<RankOf<Shape>>([...shape] as never, { kind: 'uniform', bound });
}

export function zeros<const Shape extends readonly number[]>(
  shape: Shape,
  buffer = false,
): ParameterSpec<RankOf<Shape>> {
  return new ParameterSpec<RankOf<Shape>>([...shape] as never, { kind: 'zeros' }, buffer);
}

export function ones<const Shape extends readonly number[]>(
  shape: Shape,
  buffer = false,
): ParameterSpec<RankOf<Shape>> {
  return new ParameterSpec<RankOf<Shape>>([...shape] as never, { kind: 'ones' }, buffer);
}

export function constant<const Shape extends readonly number[]>(
  shape: Shape,
  value: number,
): ParameterSpec<RankOf<Shape>> {
  return new ParameterSpec<RankOf<Shape>>([...shape] as never, { kind: 'constant', value });
}

/** `count` alike, one for each layer. */
export function layers<Spec>(count: number, spec: (index: number) => Spec): Spec[] {
  return Array.from({ length: count }, (_, index) => spec(index));
}
