import type { Example } from '../examples.ts';

const SENTENCE = `['The', ' animal', ' did', "n't", ' cross', ' the', ' street', ' because', ' it', ' was', ' tired', '.']`;
/** Weights of 2 layers and 6 heads: to the token before, to the first, to itself, to all, and to what resembles. */
const WEIGHTS = `(() => {
  const T = 12;
  const softmax = (row) => { const e = row.map(Math.exp); const sum = e.reduce((a, b) => a + b); return e.map((x) => x / sum); };
  return Array.from({ length: 2 }, (_, l) => Array.from({ length: 6 }, (_, h) => Array.from({ length: T }, (_, q) => softmax(
    Array.from({ length: T }, (_, k) => [4 * Number(k === q - 1), 3 * Number(k === 0), 5 * Number(k === q), 0.3 * Math.sin(k), -Math.abs(k - q) / (l + 1), 6 * Number(q === 8 && k === 1) + Math.sin(k * q)][h] + Math.sin(l + 2 * q + k) / 2)))));
})()`;

export const MODEL_EXAMPLES: readonly Example[] = [
  {
    name: 'attention-grid',
    code: `v.attentionGrid(${WEIGHTS}, { tokens: ${SENTENCE}, title: 'Attention' })`,
    marks: { '.quire-drawing image': 12 },
  },
  {
    name: 'attention-lines',
    code: `v.attentionLines(${WEIGHTS}[1], ${SENTENCE}, { heads: [0, 2, 5], least: 0.2, title: 'Attention of layer 1' })`,
    marks: { '.quire-drawing svg text': 29 },
  },
  {
    name: 'attention-rollout',
    code: `v.heatmap(v.attentionRollout(${WEIGHTS}), { x: ${SENTENCE}, y: ${SENTENCE}, colorScale: 'blues', square: true, values: false, xTitle: 'token of the input', title: 'Attention rollout' })`,
    marks: { '.heatmaplayer image': 1, '.colorbar': 1 },
  },
  {
    name: 'operator-times',
    code: `v.operatorTimes([
  { operator: 'MatMul', count: 34, milliseconds: 21.4 }, { operator: 'FusedMatMul', count: 18, milliseconds: 9.7 },
  { operator: 'LayerNormalization', count: 9, milliseconds: 2.3 }, { operator: 'Gelu', count: 4, milliseconds: 1.9 },
  { operator: 'Softmax', count: 5, milliseconds: 1.1 }, { operator: 'Transpose', count: 22, milliseconds: 0.8 }])`,
    marks: { '.barlayer .point path': 6 },
  },
  {
    name: 'saliency-overlay',
    code: `v.saliencyOverlay({ shape: [32, 32, 3], data: Float32Array.from({ length: 3072 }, (_, i) => {
  const [y, x, c] = [Math.floor(i / 96), Math.floor(i / 3) % 32, i % 3];
  return Math.hypot(x - 11, y - 13) < 7 ? [0.95, 0.8, 0.3][c] : [0.3, 0.5, 0.6][c] - y / 100; }) },
  Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_, x) => Math.exp(-((x - 2.5) ** 2 + (y - 3) ** 2) / 3) - 0.4 * Math.exp(-((x - 6) ** 2 + (y - 6) ** 2) / 2))), { title: 'Occlusion' })`,
    marks: { '.quire-drawing image': 3 },
  },
];
