import { readFileSync } from 'node:fs';
import { tf } from '@quire/runtime';

/** A text as numbers of its characters, in the order of their code points. */
export class Characters {
  readonly vocabulary: number;
  readonly #codes: Int32Array;

  constructor(text: string) {
    const characters = [...new Set(text)].sort();
    this.vocabulary = characters.length;
    this.#codes = Int32Array.from(text, (character) => characters.indexOf(character));
  }

  /** The verses of the King James text that models train on, without their places. */
  static ofKingJames(): Characters {
    const url = new URL('../../datasets/king-james/train.txt', import.meta.url);
    const lines = readFileSync(url, 'utf8').trimEnd().split('\n');
    return new Characters(lines.map((line) => line.split('\t')[1]).join('\n'));
  }

  /** Stretches of the text and, for each character, the next one: int32 (B, T). */
  batch(size: number, context: number, random: () => number): { tokens: tf.Tensor2D; targets: tf.Tensor2D } {
    const starts = Array.from({ length: size }, () => Math.floor(random() * (this.#codes.length - context)));
    const stretch = (shift: number): tf.Tensor2D => {
      const values = new Int32Array(size * context);
      for (const [i, start] of starts.entries()) {
        values.set(this.#codes.subarray(start + shift, start + shift + context), i * context);
      }
      return tf.tensor2d(values, [size, context], 'int32');
    };
    return { tokens: stretch(0), targets: stretch(1) };
  }
}
