import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { loadDigits } from './digits.ts';

test('every digit is there about as often', async () => {
  const digits = await loadDigits();
  const counts = Array.from(
    { length: 10 },
    (_, wanted) => digits.filter(({ digit }) => digit === wanted).length,
  );
  // As scikit-learn's documentation and the UCI repository give them.
  expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  const sizes = ['train', 'validation', 'test'].map(
    (part) => digits.filter(({ split }) => split === part).length,
  );
  expect(sizes).toEqual([1257, 270, 270]);
});

test('a zero is hollow and a one is not', async () => {
  const digits = await loadDigits();
  const centre = (wanted: number) => {
    const rows = digits.filter(({ digit }) => digit === wanted);
    return rows.reduce((sum, { pixels }) => sum + pixels[4 * 8 + 4]!, 0) / rows.length;
  };
  expect(centre(0)).toBeLessThan(2);
  expect(centre(1)).toBeGreaterThan(8);
});

test('nearest neighbours know the test digits', async () => {
  const digits = await loadDigits();
  const train = digits.filter(({ split }) => split === 'train');
  const testing = digits.filter(({ split }) => split === 'test');
  const distance = (a: Uint8Array, b: Uint8Array) =>
    a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  const hits = testing.filter(({ digit, pixels }) => {
    let best = train[0]!;
    let least = Number.POSITIVE_INFINITY;
    for (const row of train) {
      const d = distance(pixels, row.pixels);
      if (d < least) [best, least] = [row, d];
    }
    return best.digit === digit;
  });
  expect(hits.length / testing.length).toBeGreaterThan(0.9);
});

test('a pixel out of range is found, with its line', async () => {
  const damage = (text: string) => text.replace('0 0 0 12 13 5', '0 0 0 12 17 5');
  await withDamagedCopy('digits', 'digits.tsv', damage, async (options) => {
    await expect(loadDigits(options)).rejects.toMatchObject({ set: 'digits', file: 'digits.tsv', line: 3 });
    await expect(loadDigits(options)).rejects.toThrow('expected 64 pixels from 0 to 16');
  });
});
