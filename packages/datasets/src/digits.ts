import type { DatasetOptions } from './folder.ts';
import { readTable, toNumber } from './read.ts';
import type { Split } from './split.ts';

/** A handwritten digit. */
export interface Digit {
  /** 0 to 9. */
  digit: number;
  /** Ink from 0 to 16, (8, 8): rows from the top. */
  pixels: Uint8Array;
  split: Split;
}

/** The first row that isn't for training, and the first that is for testing. */
const VALIDATION_FROM = 1257;
const TEST_FROM = 1527;

/**
 * 1,797 handwritten digits of 8 by 8 pixels, split in their order: 1,257 to train on, 270 to validate with, 270 to test
 * with. See `datasets/digits/README.md`.
 *
 * @throws DatasetError where the file is missing or damaged.
 */
export async function loadDigits(options: DatasetOptions = {}): Promise<Digit[]> {
  let i = 0;
  return readTable('digits', 'digits.tsv', ['digit', 'pixels'], options, ([digit, values], fail) => {
    const pixels = values!.split(' ').map((value) => toNumber(value, 'pixel', fail));
    if (
      pixels.length !== 64 ||
      !pixels.every((value) => Number.isInteger(value) && value >= 0 && value <= 16)
    ) {
      fail('64 pixels from 0 to 16');
    }
    if (!/^[0-9]$/.test(digit!)) fail('a digit from 0 to 9');
    const split = i < VALIDATION_FROM ? 'train' : i < TEST_FROM ? 'validation' : 'test';
    i++;
    return { digit: Number(digit), pixels: Uint8Array.from(pixels), split };
  });
}
