import { checkPair, type Label } from './labels.ts';

/**
 * The share of predictions that equal the true label, from 0 to 1.
 * @param truth N true labels.
 * @param predicted N predicted labels.
 * @throws when the two are empty or differ in length.
 */
export function accuracy<L extends Label>(truth: readonly L[], predicted: readonly L[]): number {
  checkPair('accuracy', truth, predicted);
  let correct = 0;
  for (let i = 0; i < truth.length; i++) if (truth[i] === predicted[i]) correct++;
  return correct / truth.length;
}
