/**
 * The class that most models choose, or that those with the most weight do; of equals the smallest, as scikit-learn's
 * `VotingClassifier`. (Lam and Suen 1997, https://doi.org/10.1109/3468.618255)
 *
 * @param predictions of each model, the class of each example
 * @param weights what each model's vote counts; 1 where not given
 * @throws {RangeError} where the models have different numbers of examples, or a class isn't a whole number from 0 on.
 */
export function vote(predictions: readonly ArrayLike<number>[], weights?: readonly number[]): Int32Array {
  const [first] = predictions;
  if (!first) throw new RangeError('A vote needs at least one model.');
  if (weights && weights.length !== predictions.length) {
    throw new RangeError(`${predictions.length} models need as many weights, and ${weights.length} came.`);
  }
  for (const [model, each] of predictions.entries()) {
    if (each.length !== first.length) {
      throw new RangeError(`Model ${model} voted on ${each.length} examples, the first on ${first.length}.`);
    }
  }
  return Int32Array.from({ length: first.length }, (_, example) => {
    const counts = new Map<number, number>();
    for (const [model, each] of predictions.entries()) {
      const choice = each[example] as number;
      if (!(Number.isInteger(choice) && choice >= 0)) {
        throw new RangeError(`Model ${model} chose ${choice} for example ${example}, which is no class.`);
      }
      counts.set(choice, (counts.get(choice) ?? 0) + (weights?.[model] ?? 1));
    }
    const [[winner]] = [...counts].sort(([a, votes], [b, others]) => others - votes || a - b) as [
      [number, number],
    ];
    return winner;
  });
}
