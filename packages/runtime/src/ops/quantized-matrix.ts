/** Weights of linear layers as small integers with scales. */

/** `'outIn'` as PyTorch's `Linear` has its weight, or `'inOut'` as GPT-2's. */
export type MatrixLayout = 'outIn' | 'inOut';

/**
 * A matrix of small integers and scales, as a leaf of parameters. It is no tensor: TensorFlow.js has none of int8. A
 * compiled function has its numbers in itself, as constants that ONNX Runtime arranges for the processor; so every
 * compiled shape of a function has a copy. There is nothing to dispose.
 */
export abstract class QuantizedMatrix {
  /** That of the matrix it was made from: (out, in), or (in, out). */
  readonly shape: readonly [number, number];
  readonly layout: MatrixLayout;
  /** Bits of a number. */
  abstract readonly bits: 4 | 8;
  /** Bytes of the integers and their scales. */
  abstract readonly bytes: number;

  constructor(shape: readonly [number, number], layout: MatrixLayout) {
    this.shape = shape;
    this.layout = layout;
  }

  /** Numbers that the matrix has. */
  get size(): number {
    return this.shape[0] * this.shape[1];
  }

  get inputs(): number {
    return this.shape[this.layout === 'outIn' ? 1 : 0];
  }

  get outputs(): number {
    return this.shape[this.layout === 'outIn' ? 0 : 1];
  }

  /** What the integers stand for, by output and then by input: float32 (out, in). */
  abstract dense(): Float32Array<ArrayBuffer>;

  /** What the integers stand for, in the shape of the matrix it was made from. */
  async data(): Promise<Float32Array<ArrayBuffer>> {
    return this.layout === 'outIn' ? this.dense() : transposed(this.dense(), this.outputs, this.inputs);
  }
}

/** (rows, columns) -> (columns, rows) */
export function transposed<Numbers extends Float32Array | Int8Array>(
  values: Numbers,
  rows: number,
  columns: number,
): Numbers {
  const flipped = values.slice() as Numbers;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      flipped[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return flipped;
}

/**
 * The numbers of a matrix by output and then by input.
 *
 * @throws {RangeError} where they don't fill the shape, or one isn't finite.
 */
export function byOutput(
  values: Float32Array,
  shape: readonly [number, number],
  layout: MatrixLayout,
): Float32Array {
  const [rows, columns] = shape;
  if (values.length !== rows * columns) {
    throw new RangeError(
      `${values.length} numbers don't fill a matrix [${shape}], which has ${rows * columns}.`,
    );
  }
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`The matrix holds ${bad}, which can't be quantized.`);
  return layout === 'outIn' ? values : transposed(values, rows, columns);
}
