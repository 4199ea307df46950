/**
 * A run of training that may be killed: `node run.js FOLDER`. Goes on from what is in the folder, prints a line for each
 * update, and at the end the losses and a digest of the parameters.
 */
import { createHash } from 'node:crypto';
import { ensembling, gpt2, Trainer } from '@quire/model';
import { leavesOf, optimizers, random, schedules, tf } from '@quire/runtime';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node run.js FOLDER');

const config = gpt2.config({ vocabularySize: 64, contextLength: 16, width: 32, layers: 2, heads: 4 });
/** Counting, from every start: the next token is the one after. */
const examples = Array.from({ length: 64 }, (_, start) =>
  Array.from({ length: 16 }, (_, i) => (start + i) % 64),
);

const averaging = new ensembling.WeightAveraging({ params: () => trainer.params, from: 4, every: 5 });
const trainer: Trainer<gpt2.Gpt2Parameters, number[], { inputIds: tf.Tensor2D; labels: tf.Tensor2D }> =
  new Trainer({
    params: await gpt2.init(config, random.key(1)),
    examples,
    collate: (rows) => {
      const inputIds = tf.tensor2d([...rows], [rows.length, 16], 'int32');
      return { inputIds, labels: inputIds.clone() };
    },
    loss: (params, batch: { inputIds: tf.Tensor2D; labels: tf.Tensor2D }, { key }) =>
      gpt2.loss(params, batch, config, key ? { dropoutKey: key } : {}),
    optimizer: optimizers.adamW({ learningRate: schedules.cosine(3e-3, { steps: 40, warmUp: 5 }) }),
    batchSize: 8,
    steps: 40,
    clipNorm: 1,
    averageDecay: 0.95,
    checkpoints: { folder, every: 3 },
    callbacks: [averaging, { step: ({ step }) => void process.stdout.write(`step ${step}\n`) }],
  });
await trainer.resume();
const { losses } = await trainer.train();
const digest = createHash('sha256');
for (const tree of [trainer.params, trainer.average, averaging.average]) {
  for (const { value } of leavesOf<tf.Tensor>(tree)) digest.update((await value.data()) as Float32Array);
}
process.stdout.write(`${JSON.stringify({ losses, digest: digest.digest('hex') })}\n`);
