/**
 * Trains one of the checkpoints: `node --conditions=built datasets/checkpoints/dist/train.js NAME [--until STEP]`. With
 * `--until` it ends after that update, before the end of its schedule.
 */
import { parseArgs } from 'node:util';
import * as bert from './bert-udhr.ts';
import * as gpt from './gpt-king-james.ts';
import * as vit from './vit-emoji.ts';

const recipes = new Map<string, { train(until?: number): Promise<void> }>(
  [bert, gpt, vit].map((recipe) => [recipe.NAME, recipe]),
);
const { positionals, values } = parseArgs({ allowPositionals: true, options: { until: { type: 'string' } } });
const recipe = recipes.get(positionals[0] ?? '');
const until = values.until === undefined ? undefined : Number(values.until);
if (!recipe || positionals.length > 1 || !(until === undefined || (Number.isInteger(until) && until > 0))) {
  throw new Error(
    `Usage: node train.js NAME [--until STEP], where NAME is one of ${[...recipes.keys()].join(', ')}`,
  );
}
await recipe.train(until);
