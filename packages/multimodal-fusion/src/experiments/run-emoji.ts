/** Prints accuracies and recalls of some splits: `node --conditions=built dist/experiments/run-emoji.js 2` takes two. */
import { classifierAccuracies, emojiFeatures, MODALITIES, retrieval } from './emoji.ts';

const data = await emojiFeatures();
for (let seed = 0; seed < Number(process.argv[2] ?? 5); seed++) {
  const recalls = await retrieval(data, { leftOut: 'pt', seed, steps: 300 });
  console.log(seed, 'recall@10', recalls);
  const held = data.rows.filter((_, i) => i % 10 === seed);
  for (const modalities of [MODALITIES, ...MODALITIES.map((name) => [name])]) {
    const asked =
      modalities.length > 1
        ? [MODALITIES, ...MODALITIES.map((gone) => MODALITIES.filter((name) => name !== gone))]
        : [modalities];
    const accuracies = await classifierAccuracies(data, held, { modalities, asked, seed, steps: 200 });
    console.log(
      seed,
      modalities.join('+'),
      asked.map((names, i) => `${names.join('+')} ${accuracies[i]?.toFixed(3)}`),
    );
  }
}
