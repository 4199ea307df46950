import { byOutput, type MatrixLayout, QuantizedMatrix, transposed } from './quantized-matrix.ts';

/** The least and the largest number that a layer is given. */
export interface ActivationRange {
  min: number;
  max: number;
}

export interface Int8Options {
  /** `'outIn'` where not given. */
  layout?: MatrixLayout;
  /**
   * How what is multiplied with the matrix becomes uint8: by its own least and largest number, found in each call, or by
   * given ones, beyond which numbers are cut off. `'dynamic'` where not given.
   */
  activations?: 'dynamic' | ActivationRange;
  /**
   * Whether an output's scale leaves room for the sum of two neighbouring inputs' weights in 8 bits. Processors without dot
   * products of bytes (VNNI) add pairs of products in 16 bits, and are fast with such weights only; with others they take
   * a slower way, which is exact. It costs about half a bit. True where not given.
   */
  reduceRange?: boolean;
}

/**
 * A matrix of int8 with a scale for each output, symmetric about 0 (Jacob et al. 2018, "Quantization and training of
 * neural networks for efficient integer-arithmetic-only inference", https://arxiv.org/abs/1712.05877).
 */
export class Int8Matrix extends QuantizedMatrix {
  readonly bits = 8;
  readonly activations: 'dynamic' | ActivationRange;
  readonly reduceRange: boolean;
  /** int8 (in, out) */
  readonly #values: Int8Array;
  /** float32 (out) */
  readonly #scales: Float32Array<ArrayBuffer>;

  /**
   * @param values float32, of `shape`, all finite
   * @param shape (out, in), or (in, out) with the layout `'inOut'`
   * @throws {RangeError} where the numbers don't fill the shape, one isn't finite, or a range has no numbers.
   */
  constructor(values: Float32Array, shape: readonly [number, number], options: Int8Options = {}) {
    const { layout = 'outIn', activations = 'dynamic', reduceRange = true } = options;
    super(shape, layout);
    const range = activations === 'dynamic' ? undefined : activations;
    if (range && !(range.min <= range.max && Number.isFinite(range.max - range.min))) {
      throw new RangeError(
        `There are no numbers from ${range.min} to ${range.max}: calibrate on other data.`,
      );
    }
    this.activations = activations;
    this.reduceRange = reduceRange;
    const rows = byOutput(values, shape, layout);
    const { inputs, outputs } = this;
    const quantized = new Int8Array(rows.length);
    this.#scales = new Float32Array(outputs);
    for (let start = 0, row = 0; row < outputs; row++, start += inputs) {
      let largest = 0;
      for (let i = 0; i < inputs; i++) {
        const value = rows[start + i] as number;
        // 255 (127 + 1) is below 2^15; the 1 is what rounding may add.
        const pair = reduceRange && i % 2 === 1 ? value + (rows[start + i - 1] as number) : 0;
        largest = Math.max(largest, Math.abs(value), Math.abs(pair));
      }
      this.#scales[row] = largest / 127;
      const inverse = largest === 0 ? 0 : 127 / largest;
      for (let i = start; i < start + inputs; i++) quantized[i] = Math.round((rows[i] as number) * inverse);
    }
    this.#values = transposed(quantized, outputs, inputs);
  }

  override get bytes(): number {
    return this.#values.byteLength + this.#scales.byteLength;
  }

  /** int8 (in, out), the matrix's own memory */
  integers(): Int8Array {
    return this.#values;
  }

  /** float32 (out), the matrix's own memory */
  scales(): Float32Array<ArrayBuffer> {
    return this.#scales;
  }

  override dense(): Float32Array<ArrayBuffer> {
    const { inputs, outputs } = this;
    const found = new Float32Array(this.size);
    for (let row = 0, i = 0; row < outputs; row++) {
      const scale = this.#scales[row] as number;
      for (let column = 0; column < inputs; column++) {
        found[i++] = (this.#values[column * outputs + row] as number) * scale;
      }
    }
    return found;
  }
}

/** How numbers of a range become uint8: round(x / scale) + zero. 0 is one of them. */
export function affine({ min, max }: ActivationRange): { scale: number; zero: number } {
  const [low, high] = [Math.min(0, min), Math.max(0, max)];
  const scale = high === low ? 1 : Math.fround((high - low) / 255);
  return { scale, zero: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}
