import type { DatasetOptions } from './folder.ts';
import { readTable, toNumber } from './read.ts';

const MEASURES = [
  'age',
  'sex',
  'bodyMassIndex',
  'bloodPressure',
  'totalCholesterol',
  'ldl',
  'hdl',
  'cholesterolRatio',
  'logTriglycerides',
  'glucose',
] as const;

/** A person with diabetes: what was measured, and how the disease went on. */
export interface DiabetesPatient extends Record<(typeof MEASURES)[number], number> {
  /** How far the disease had gone on a year later, 25 to 346; with `outliers`, what is pretended to be observed. */
  progression: number;
  /** What the data says, also where `progression` was changed. */
  trueProgression: number;
  /** Whether `progression` was changed. */
  outlier: boolean;
}

export interface OutlierOptions {
  /** Part of the rows to change, from 0 to 1. */
  fraction: number;
  /** How far, in standard deviations of the progression, up or down. Default 5. */
  size?: number;
  /** A seeded generator of uniform numbers in [0, 1), such as `mulberry32(1)` of `@quire/evaluation`. */
  random: () => number;
}

/**
 * 442 people with diabetes: ten measures, in their own units, and the progression of the disease. See
 * `datasets/diabetes/README.md`.
 *
 * @param options `outliers`: changes the progression of some rows, and marks them, to try robust methods with. The same
 *   generator and options give the same rows.
 * @throws DatasetError where the file is missing or damaged.
 * @throws RangeError where `outliers.fraction` isn't from 0 to 1, or `outliers.size` isn't a finite number.
 */
export async function loadDiabetes(
  options: DatasetOptions & { outliers?: OutlierOptions } = {},
): Promise<DiabetesPatient[]> {
  const columns = [...MEASURES, 'progression'];
  const rows = await readTable(
    'diabetes',
    'diabetes.tsv',
    columns,
    options,
    (cells, fail): DiabetesPatient => {
      const numbers = cells.map((cell, i) => toNumber(cell, columns[i]!, fail));
      const measures = Object.fromEntries(MEASURES.map((name, i) => [name, numbers[i]!])) as Record<
        (typeof MEASURES)[number],
        number
      >;
      const progression = numbers.at(-1)!;
      return { ...measures, progression, trueProgression: progression, outlier: false };
    },
  );
  return options.outliers === undefined ? rows : withOutliers(rows, options.outliers);
}

function withOutliers(
  rows: DiabetesPatient[],
  { fraction, size = 5, random }: OutlierOptions,
): DiabetesPatient[] {
  if (!(fraction >= 0 && fraction <= 1))
    throw new RangeError(`outliers.fraction is ${fraction}: give 0 to 1`);
  if (!Number.isFinite(size)) throw new RangeError(`outliers.size is ${size}: give a finite number`);
  const mean = rows.reduce((sum, { progression }) => sum + progression, 0) / rows.length;
  const variance = rows.reduce((sum, { progression }) => sum + (progression - mean) ** 2, 0) / rows.length;
  const shift = size * Math.sqrt(variance);
  // The first steps of Fisher and Yates's shuffle choose rows without repetition.
  const order = rows.map((_, i) => i);
  const count = Math.round(fraction * rows.length);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (order.length - i));
    [order[i], order[j]] = [order[j]!, order[i]!];
    const row = rows[order[i]!]!;
    row.progression += random() < 0.5 ? -shift : shift;
    row.outlier = true;
  }
  return rows;
}
