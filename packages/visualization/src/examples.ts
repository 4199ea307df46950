/** An example of every kind: for the tests, the gallery, and the suite that looks at each in a browser. */
import { EMBEDDING_EXAMPLES } from './embeddings/examples.ts';
import { EVALUATION_EXAMPLES } from './evaluation/examples.ts';
import { MODEL_EXAMPLES } from './models/examples.ts';
import { TENSORBOARD_EXAMPLES } from './tensorboard/examples.ts';
import { TOKEN_EXAMPLES } from './tokens/examples.ts';
import { VALUE_EXAMPLES } from './values/examples.ts';

export interface Example {
  name: string;
  /** An expression whose value shows itself. The package is `v`. */
  code: string;
  /** CSS selectors of marks in the page, and how many of each are drawn. */
  marks: Record<string, number>;
}

export const EXAMPLES: readonly Example[] = [
  {
    name: 'line',
    code: `v.line({
  step: Array.from({ length: 100 }, (_, i) => i),
  train: Array.from({ length: 100 }, (_, i) => 3 * Math.exp(-i / 25) + 0.3),
  validation: Array.from({ length: 100 }, (_, i) => 3 * Math.exp(-i / 30) + 0.5 + 0.002 * i),
}, { title: 'Loss', yTitle: 'loss' })`,
    marks: { '.scatterlayer path.js-line': 2, '.legend .traces': 2 },
  },
  {
    name: 'line-band',
    code: `v.line({ step: [1, 10, 100, 1000], loss: [3, 1, 0.3, 0.1], low: [2, 0.8, 0.2, 0.05], high: [4, 1.3, 0.5, 0.3] },
  { x: 'step', y: 'loss', band: ['low', 'high'], log: 'xy', title: 'Loss, with its interval' })`,
    marks: { '.scatterlayer path.js-fill': 1, '.scatterlayer path.point': 4 },
  },
  {
    name: 'scatter',
    code: `v.scatter(Array.from({ length: 90 }, (_, i) => ({
  length: i, loss: Math.sin(i / 9) + (i % 3), language: ['English', 'Français', 'Ελληνικά'][i % 3] })),
  { color: 'language', title: 'Loss by length' })`,
    marks: { '.scatterlayer path.point': 90, '.legend .traces': 3 },
  },
  {
    name: 'scatter-many',
    code: `v.scatter({
  x: Array.from({ length: 2100 }, (_, i) => Math.cos(i * 2.4) * Math.sqrt(i) * (1 + 0.2 * Math.sin(i))),
  y: Array.from({ length: 2100 }, (_, i) => Math.sin(i * 2.4) * Math.sqrt(i) * (1 + 0.2 * Math.cos(i * 3))),
  radius: Array.from({ length: 2100 }, (_, i) => Math.sqrt(i)),
}, { color: 'radius', title: '2,100 points' })`,
    marks: { 'canvas.gl-canvas-context': 1, '.colorbar': 1 },
  },
  {
    name: 'bar',
    code: `v.bar([
  { model: 'GPT-2', task: 'SST-2', accuracy: 0.91 }, { model: 'GPT-2', task: 'MNLI', accuracy: 0.82 },
  { model: 'BERT', task: 'SST-2', accuracy: 0.93 }, { model: 'BERT', task: 'MNLI', accuracy: 0.84 },
], { x: 'task', y: 'accuracy', color: 'model', title: 'Accuracy by task' })`,
    marks: { '.barlayer .point path': 4, '.barlayer .point text': 4 },
  },
  {
    name: 'bar-horizontal',
    code: `v.bar({ layer: ['embedding', 'attention', 'feed-forward', 'head'], parameters: [38597376, 28311552, 56623104, 1536], error: [2e6, 3e6, 1e6, 5e5] },
  { horizontal: true, error: 'error', title: 'Parameters' })`,
    marks: { '.barlayer .point path': 4, '.errorbar path': 4 },
  },
  {
    name: 'histogram',
    code: `v.histogram({
  train: Array.from({ length: 2000 }, (_, i) => Math.sin(i * 1.7) + Math.cos(i * 2.9) + Math.sin(i * 4.3)),
  test: Array.from({ length: 500 }, (_, i) => 0.6 + Math.sin(i * 1.1) + Math.cos(i * 3.7)),
}, { title: 'Scores', xTitle: 'score', bins: 30 })`,
    marks: { '.barlayer .trace': 2, '.legend .traces': 2 },
  },
  {
    name: 'box',
    code: `v.box(Array.from({ length: 300 }, (_, i) => ({
  language: ['de', 'en', 'fr'][i % 3], loss: Math.exp(Math.sin(i * 1.3) + Math.sin(i * 0.37) + (i % 3) / 3) })),
  { values: 'loss', by: 'language', log: 'y', title: 'Loss by language' })`,
    marks: { '.boxlayer path.box': 3 },
  },
  {
    name: 'violin',
    code: `v.violin({
  query: Array.from({ length: 400 }, (_, i) => Math.sin(i * 1.3) + Math.cos(i * 0.7)),
  key: Array.from({ length: 400 }, (_, i) => 1.4 * Math.sin(i * 1.9)),
  value: Array.from({ length: 400 }, (_, i) => (Math.sin(i * 2.1) + Math.cos(i)) ** 3 / 4),
}, { title: 'Weights', yTitle: 'weight' })`,
    marks: { '.violinlayer path.violin': 3, '.violinlayer path.box': 3 },
  },
  {
    name: 'heatmap',
    code: `v.heatmap([[50, 3, 0, 2], [4, 40, 6, 1], [1, 9, 45, 0], [0, 2, null, 48]], {
  x: ['cat', 'dog', 'fox', 'owl'], y: ['cat', 'dog', 'fox', 'owl'], square: true, colorScale: 'blues',
  xTitle: 'predicted', yTitle: 'true', title: 'Confusions' })`,
    marks: { '.heatmaplayer image': 1, '.annotation': 15, '.colorbar': 1 },
  },
  {
    name: 'heatmap-diverging',
    code: `v.heatmap(Array.from({ length: 24 }, (_, i) => Array.from({ length: 48 }, (_, j) => Math.sin(i / 4) * Math.cos(j / 5))),
  { center: 0, valueTitle: 'weight', xTitle: 'input', yTitle: 'output', title: 'Weights' })`,
    marks: { '.heatmaplayer image': 1, '.colorbar': 1 },
  },
  {
    name: 'contour',
    code: `v.contour(Array.from({ length: 40 }, (_, i) => Array.from({ length: 40 }, (_, j) => (i / 20 - 1) ** 2 + 3 * (j / 20 - 1) ** 2 + Math.sin(i / 3) / 5)),
  { x: Array.from({ length: 40 }, (_, i) => i / 20 - 1), y: Array.from({ length: 40 }, (_, i) => i / 20 - 1),
    xTitle: 'first direction', yTitle: 'second direction', valueTitle: 'loss', title: 'Loss landscape' })`,
    marks: { '.contourlayer .contour': 1, '.colorbar': 1 },
  },
  {
    name: 'surface',
    code: `v.surface(Array.from({ length: 40 }, (_, i) => Array.from({ length: 40 }, (_, j) => Math.sin(i / 6) * Math.cos(j / 6) + ((i - 20) ** 2 + (j - 20) ** 2) / 400)),
  { zTitle: 'loss', title: 'Loss landscape' })`,
    marks: { '.gl-container canvas': 1 },
  },
  {
    name: 'scatter3d',
    code: `v.scatter3d(Array.from({ length: 300 }, (_, i) => ({
  first: Math.sin(i) + (i % 3), second: Math.cos(i * 1.7), third: Math.sin(i * 2.3) + (i % 3) / 2, kind: ['noun', 'verb', 'adverb'][i % 3] })),
  { color: 'kind', title: 'Words' })`,
    marks: { '.gl-container canvas': 1, '.legend .traces': 3 },
  },
  {
    name: 'parallel-coordinates',
    code: `v.parallelCoordinates(Array.from({ length: 60 }, (_, i) => ({
  optimizer: ['SGD', 'Adam', 'Lion'][i % 3], layers: 1 + (i % 6), dropout: (i % 7) / 10,
  accuracy: 0.6 + 0.05 * (i % 3) + 0.03 * (i % 6) - 0.01 * (i % 7) })),
  { color: 'accuracy', title: 'Trials' })`,
    marks: { '.parcoords .y-axis': 4 },
  },
  {
    name: 'sankey',
    code: `v.sankey([
  { source: 'text', target: 'known', value: 90 }, { source: 'text', target: 'unknown', value: 10 },
  { source: 'known', target: 'kept', value: 80 }, { source: 'known', target: 'masked', value: 10 },
  { source: 'unknown', target: 'masked', value: 10 },
], { unit: 'tokens', title: 'Tokens' })`,
    marks: { '.sankey-node': 5, '.sankey-link': 5 },
  },
  {
    name: 'small-multiples',
    code: `v.smallMultiples(Object.fromEntries(['layer 0', 'layer 1', 'layer 2', 'layer 3'].map((name, k) => [name,
  v.histogram({ weight: Array.from({ length: 500 }, (_, i) => Math.sin(i * (k + 1.3)) + Math.cos(i * 0.7) * k) })])),
  { columns: 2, share: 'x', title: 'Weights by layer' })`,
    marks: { '.cartesianlayer .subplot': 4, '.annotation': 4 },
  },
  {
    name: 'live-curves',
    code: `(() => {
  const curves = v.liveCurves({ title: 'Training', display: { display: () => ({ update: async () => {} }) } });
  for (let step = 0; step < 3000; step++) {
    curves.log(step, {
      'loss/train': 3 * Math.exp(-step / 600) + 0.4 + 0.15 * Math.sin(step * 12.9) * Math.cos(step * 7.3),
      ...(step % 100 === 0 ? { 'loss/validation': 3 * Math.exp(-step / 650) + 0.6 } : {}),
      rate: 1e-3 * Math.min(1, step / 300) * (0.5 + 0.5 * Math.cos((Math.PI * step) / 3000)),
    });
  }
  return curves.figure();
})()`,
    marks: { '.scatterlayer path.js-line': 7, '.cartesianlayer .subplot': 2, '.legend .traces': 2 },
  },
  {
    name: 'compare-runs',
    code: `v.compareRuns(Object.fromEntries(['baseline', 'wider', 'deeper'].map((name, k) => [name, Array.from({ length: 80 }, (_, i) => ({
  step: 10 * i, loss: 3 * Math.exp(-i / (20 + 5 * k)) + 0.2 * k + 0.2 * Math.sin(i * 5.1 + k), accuracy: 0.9 - 0.4 * Math.exp(-i / (15 + 4 * k)) }))])),
  { smoothing: 0.7, title: 'Three runs' })`,
    marks: { '.scatterlayer path.js-line': 12, '.legend .traces': 3 },
  },
  {
    name: 'gradient-norms',
    code: `v.gradientNorms(Object.fromEntries(Array.from({ length: 8 }, (_, k) => [\`layer \${k}\`,
  Float32Array.from({ length: 120 }, (_, i) => 10 ** (k / 2 - 3 + Math.sin(i / 15)))])), { title: 'Gradients' })`,
    marks: { '.heatmaplayer image': 1, '.colorbar': 1 },
  },
  {
    name: 'learning-rate-finder',
    code: `(() => {
  const rates = Array.from({ length: 120 }, (_, i) => 10 ** (-6 + i / 20));
  const losses = rates.map((rate, i) => 2.5 / (1 + (rate / 1e-3) ** 1.4) + 0.4 + (rate > 0.05 ? (rate - 0.05) * 60 : 0) + 0.05 * Math.sin(i * 3.3));
  return v.learningRateFinder({ rates, losses }, { title: 'Learning rate' });
})()`,
    marks: { '.scatterlayer path.js-line': 2, '.scatterlayer path.point': 1 },
  },
  {
    name: 'resource-use',
    code: `v.resourceUse(Array.from({ length: 40 }, (_, i) => ({
  seconds: i / 4, cpu: i < 8 ? 0.1 : 1.8 + 0.15 * Math.sin(i), memory: 2 ** 20 * (150 + (i < 8 ? 0 : 400 * (1 - Math.exp(-(i - 8) / 5)))) })),
  { title: 'Resources' })`,
    marks: { '.scatterlayer path.js-line': 2, '.scatterlayer path.js-fill': 2 },
  },
  {
    name: 'table',
    code: `v.table([
  { run: 'baseline', accuracy: 0.812, parameters: 124e6, loss: [3, 2.1, 1.6, 1.4, 1.3] },
  { run: 'wider', accuracy: 0.853, parameters: 355e6, loss: [3.2, 2, 1.4, 1.1, 1] },
  { run: 'distilled', accuracy: 0.835, parameters: 82e6, loss: [2.8, 1.9, 1.5, 1.2, 1.1] },
], { bars: ['accuracy'], title: 'Runs' })`,
    marks: { 'tbody tr': 3, 'tbody img': 3, th: 4 },
  },
  ...TENSORBOARD_EXAMPLES,
  ...TOKEN_EXAMPLES,
  ...MODEL_EXAMPLES,
  ...EVALUATION_EXAMPLES,
  ...EMBEDDING_EXAMPLES,
  ...VALUE_EXAMPLES,
];
