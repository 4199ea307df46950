import type { Example } from '../examples.ts';

const SENTENCE = `['The', ' animal', ' did', "n't", ' cross', ' the', ' street', ' because', ' it', ' was', ' tired', '.']`;
/** Weights of 4 layers and 6 heads: to the token before, to the first, to itself, to all, and to what resembles. */
const WEIGHTS = `(() => {
  const T = 12;
  const softmax = (row) => { const e = row.map(Math.exp); const sum = e.reduce((a, b) => a + b); return e.map((x) => x / sum); };
  return Array.from({ length: 4 }, (_, l) => Array.from({ length: 6 }, (_, h) => Array.from({ length: T }, (_, q) => softmax(
    Array.from({ length: T }, (_, k) => [4 * (k === q - 1), 3 * (k === 0), 5 * (k === q), 0.3 * Math.sin(k), -Math.abs(k - q) / (l + 1), 6 * (q === 8 && k === 1) + Math.sin(k * q)][h] + Math.sin(l + 2 * q + k) / 2)))));
})()`;

export const MODEL_EXAMPLES: readonly Example[] = [
  {
    name: 'attention-grid',
    code: `v.attentionGrid(${WEIGHTS}, { tokens: ${SENTENCE}, title: 'Attention' })`,
    marks: { '.quire-drawing image': 24 },
  },
  {
    name: 'attention-lines',
    code: `v.attentionLines(${WEIGHTS}[3], ${SENTENCE}, { heads: [0, 2, 5], least: 0.1, title: 'Attention of layer 3' })`,
    marks: { '.quire-drawing svg text': 29 },
  },
  {
    name: 'attention-rollout',
    code: `v.heatmap(v.attentionRollout(${WEIGHTS}), { x: ${SENTENCE}, y: ${SENTENCE}, colorScale: 'blues', square: true, values: false, xTitle: 'token of the input', title: 'Attention rollout' })`,
    marks: { '.heatmaplayer image': 1, '.colorbar': 1 },
  },
];
