import { byOutput, type MatrixLayout, QuantizedMatrix } from './quantized-matrix.ts';

export interface BlockOptions {
  /** Of each number; 4 where not given. */
  bits?: 4 | 8;
  /** So many weights of an output that follow each other have a scale; a power of 2 from 16 to 256, 32 where not given. */
  blockSize?: number;
  /** `'outIn'` where not given. */
  layout?: MatrixLayout;
}

/**
 * A matrix in blocks of few bits with a scale for each, symmetric about 0 (Dettmers and Zettlemoyer 2023, "The case for
 * 4-bit precision", https://arxiv.org/abs/2212.09720), as ONNX Runtime's `MatMulNBits` has it. What is multiplied with it
 * stays float32; the product rounds it to int8 with a scale for each block.
 */
export class BlockMatrix extends QuantizedMatrix {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** uint8 (out, blocks, blockSize bits / 8): of a byte's two numbers the first is in the lower half. */
  readonly #packed: Uint8Array<ArrayBuffer>;
  /** float32 (out, blocks) */
  readonly #scales: Float32Array<ArrayBuffer>;

  /**
   * @param values float32, of `shape`, all finite
   * @param shape (out, in), or (in, out) with the layout `'inOut'`
   * @throws {RangeError} where the numbers don't fill the shape, one isn't finite, or there are no such bits or blocks.
   */
  constructor(values: Float32Array, shape: readonly [number, number], options: BlockOptions = {}) {
    const { bits = 4, blockSize = 32, layout = 'outIn' } = options;
    super(shape, layout);
    if (bits !== 4 && bits !== 8) throw new RangeError(`Weights have 4 or 8 bits, not ${bits}.`);
    if (![16, 32, 64, 128, 256].includes(blockSize)) {
      throw new RangeError(`A block has 16, 32, 64, 128 or 256 weights, not ${blockSize}.`);
    }
    this.bits = bits;
    this.blockSize = blockSize;
    const rows = byOutput(values, shape, layout);
    const { inputs, outputs, blocks } = this;
    const middle = 2 ** (bits - 1);
    const perByte = 8 / bits;
    this.#packed = new Uint8Array((outputs * blocks * blockSize) / perByte).fill(bits === 4 ? 0x88 : 0x80);
    this.#scales = new Float32Array(outputs * blocks);
    for (let row = 0; row < outputs; row++) {
      for (let block = 0; block < blocks; block++) {
        const start = block * blockSize;
        const end = Math.min(inputs, start + blockSize);
        // There is one more number below 0 than above: the one furthest from 0 is there, whatever its sign.
        let furthest = 0;
        for (let i = start; i < end; i++) {
          const value = rows[row * inputs + i] as number;
          if (Math.abs(value) > Math.abs(furthest)) furthest = value;
        }
        const scale = Math.fround(furthest / -middle);
        this.#scales[row * blocks + block] = scale;
        if (scale === 0) continue;
        for (let i = start; i < end; i++) {
          const nearest = Math.round((rows[row * inputs + i] as number) / scale) + middle;
          this.#put(row * blocks * blockSize + i, Math.min(2 * middle - 1, Math.max(0, nearest)));
        }
      }
    }
  }

  get blocks(): number {
    return Math.ceil(this.inputs / this.blockSize);
  }

  override get bytes(): number {
    return this.#packed.byteLength + this.#scales.byteLength;
  }

  /** uint8 (out, blocks, blockSize bits / 8), the matrix's own memory */
  packed(): Uint8Array<ArrayBuffer> {
    return this.#packed;
  }

  /** float32 (out, blocks), the matrix's own memory */
  scales(): Float32Array<ArrayBuffer> {
    return this.#scales;
  }

  #put(at: number, value: number): void {
    if (this.bits === 8) this.#packed[at] = value;
    else {
      const byte = at >> 1;
      const other = this.#packed[byte] as number;
      this.#packed[byte] = at & 1 ? (other & 0x0f) | (value << 4) : (other & 0xf0) | value;
    }
  }

  override dense(): Float32Array<ArrayBuffer> {
    const { inputs, outputs, blocks, blockSize, bits } = this;
    const found = new Float32Array(this.size);
    for (let row = 0, to = 0; row < outputs; row++) {
      for (let i = 0; i < inputs; i++) {
        const at = row * blocks * blockSize + i;
        const value =
          bits === 8
            ? (this.#packed[at] as number) - 128
            : (((this.#packed[at >> 1] as number) >> (at & 1 ? 4 : 0)) & 0x0f) - 8;
        found[to++] = value * (this.#scales[row * blocks + Math.floor(i / blockSize)] as number);
      }
    }
    return found;
  }
}
