import type { Example } from '../examples.ts';

/** 300 examples, two models that differ in how well they tell them apart. */
const DATA = `(() => {
  const truth = Array.from({ length: 300 }, (_, i) => i % 3 === 0);
  const noise = (i, k) => { const s = Math.sin(i * 12.9898 + k * 78.233) * 43758.5453; return s - Math.floor(s); };
  const scores = (spread, k) => truth.map((is, i) => 1 / (1 + Math.exp(-((is ? 1 : -1) + spread * (noise(i, k) + noise(i, k + 1) - 1)))));
  return { truth, good: scores(3, 1), fair: scores(7, 5) };
})()`;

const NOISE = `const noise = (i, k) => { const s = Math.sin(i * 12.9898 + k * 78.233) * 43758.5453; return s - Math.floor(s); };`;

/** 60 trials, whose accuracy depends on the learning rate most, on depth with some optimizers, and not on the seed. */
const TRIALS = `(() => {
  ${NOISE}
  return Array.from({ length: 60 }, (_, i) => {
    const rate = 10 ** (-5 + 4 * noise(i, 1));
    const [layers, dropout, seed] = [1 + Math.floor(6 * noise(i, 2)), 0.5 * noise(i, 3), Math.floor(100 * noise(i, 4))];
    const optimizer = ['Adam', 'SGD', 'Lion'][Math.floor(3 * noise(i, 5))];
    return { rate, layers, dropout, optimizer, seed,
      accuracy: 0.9 - 0.06 * (Math.log10(rate) + 3) ** 2 + (optimizer === 'SGD' ? -0.02 * layers : 0.01 * layers) - 0.05 * dropout };
  });
})()`;

export const EVALUATION_EXAMPLES: readonly Example[] = [
  {
    name: 'confusion-heatmap',
    code: `v.confusionHeatmap({ labels: ['anger', 'fear', 'joy', 'sadness'], values: [[412, 31, 8, 49], [22, 305, 4, 60], [9, 6, 780, 12], [40, 71, 15, 690]] }, { title: 'Emotions' })`,
    marks: { '.heatmaplayer image': 1, '.annotation': 16, '.colorbar': 1 },
  },
  {
    name: 'roc-curve',
    code: `(({ truth, good, fair }) => v.rocCurve(truth, { 'fine-tuned': good, 'zero-shot': fair }, { title: 'ROC' }))(${DATA})`,
    marks: { '.scatterlayer path.js-line': 7, '.scatterlayer path.js-fill': 2, '.legend .traces': 2 },
  },
  {
    name: 'precision-recall-curve',
    code: `(({ truth, good, fair }) => v.precisionRecallCurve(truth, { 'fine-tuned': good, 'zero-shot': fair }, { title: 'Precision and recall' }))(${DATA})`,
    marks: { '.scatterlayer path.js-fill': 2, '.legend .traces': 2 },
  },
  {
    name: 'reliability-diagram',
    code: `v.reliabilityDiagram([[0.05, 30, 0.1], [0.15, 45, 0.2], [0.25, 60, 0.28], [0.35, 50, 0.31], [0.45, 44, 0.41], [0.55, 61, 0.5], [0.65, 80, 0.55], [0.75, 120, 0.62], [0.85, 190, 0.7], [0.95, 420, 0.86]]
  .map(([meanConfidence, count, accuracy], i) => ({ lower: i / 10, upper: (i + 1) / 10, meanConfidence, count, accuracy })), { title: 'Calibration' })`,
    marks: { '.barlayer .trace': 4, '.errorbar path': 10 },
  },
  {
    name: 'threshold-explorer',
    code: `(({ truth, good }) => v.thresholdExplorer(truth, good, { title: 'Thresholds' }))(${DATA})`,
    marks: { '.scatterlayer path.js-line': 4, '.slider-container': 1 },
  },
  {
    name: 'error-slices',
    code: `(() => {
  ${NOISE}
  const rows = Array.from({ length: 400 }, (_, i) => ({ language: ['de', 'en', 'fi', 'ja', 'sw'][Math.floor(5 * noise(i, 1) ** 1.5)], tokens: Math.floor(5 + 60 * noise(i, 2)) }));
  const correct = rows.map(({ language, tokens }, i) => noise(i, 3) > 0.08 + (language === 'fi' ? 0.3 : 0) + (tokens > 50 ? 0.15 : 0));
  return v.errorSlices(rows, correct, { by: ['language', 'tokens'], slices: { 'long and Finnish': ({ language, tokens }) => language === 'fi' && tokens > 35 }, title: 'Errors by slice' });
})()`,
    marks: { '.scatterlayer path.point': 10, '.errorbar path': 10, '.annotation': 11 },
  },
  {
    name: 'learning-curves',
    code: `v.learningCurves({
  sizes: [50, 100, 200, 400, 800, 1600],
  train: [[0.99, 1, 0.98], [0.985, 0.99, 0.97], [0.97, 0.975, 0.96], [0.955, 0.96, 0.95], [0.94, 0.945, 0.94], [0.935, 0.94, 0.93]],
  validation: [[0.61, 0.55, 0.68], [0.7, 0.66, 0.75], [0.78, 0.75, 0.81], [0.84, 0.82, 0.86], [0.88, 0.87, 0.89], [0.9, 0.895, 0.905]],
}, { score: 'accuracy', title: 'Accuracy by training examples' })`,
    marks: {
      '.scatterlayer path.js-line': 6,
      '.scatterlayer path.js-fill': 2,
      '.scatterlayer path.point': 12,
    },
  },
  {
    name: 'hyperparameter-importance',
    code: `v.hyperparameterImportance(${TRIALS}, { objective: 'accuracy', log: ['rate'], title: 'What matters' })`,
    marks: { '.barlayer .point path': 8, '.errorbar path': 8 },
  },
  {
    name: 'hyperparameter-marginals',
    code: `v.hyperparameterMarginals(${TRIALS}, { objective: 'accuracy', log: ['rate'], most: 3, title: 'Accuracy by parameter' })`,
    marks: { '.cartesianlayer .subplot': 3 },
  },
  {
    name: 'decision-paths',
    code: `(() => {
  ${NOISE}
  const contributions = Array.from({ length: 24 }, (_, i) => [0.3, 1.4, 0.5, 0.2, 2, 0.8, 0.1].map((size, f) => size * (noise(i, f) - (i % 2 ? 0.3 : 0.7))));
  return v.decisionPaths(contributions, { base: -0.2, link: 'logit', highlight: [3, 10], output: 'probability of “positive”', title: 'Decisions',
    features: ['length', 'negation', 'capitals', 'emoji', 'adjectives', 'rating', 'hour'] });
})()`,
    marks: { '.scatterlayer path.js-line': 24 },
  },
  {
    name: 'layer-decisions',
    code: `v.layerDecisions([[0.2, 0.2, 0.2, 0.2, 0.2], [0.25, 0.3, 0.15, 0.2, 0.1], [0.2, 0.45, 0.1, 0.2, 0.05], [0.15, 0.4, 0.05, 0.38, 0.02], [0.05, 0.2, 0.03, 0.71, 0.01], [0.02, 0.06, 0.01, 0.9, 0.01]],
  { classes: ['bird', 'cat', 'deer', 'dog', 'frog'], layers: ['stem', 'block 1', 'block 2', 'block 3', 'block 4', 'head'], most: 4, truth: 3, title: 'A dog, layer by layer' })`,
    marks: { '.scatterlayer path.js-line': 4, '.scatterlayer path.point': 24 },
  },
  {
    name: 'logit-lens',
    code: `v.logitLens([[' the', ' the', ',', ' the'], [' first', ' city', ' the', ' a'], [' city', ' of', ' the', ' Paris'], [' capital', ' of', ' France', ' Paris']],
  [[0.05, 0.08, 0.1, 0.06], [0.1, 0.12, 0.3, 0.15], [0.2, 0.6, 0.35, 0.4], [0.5, 0.95, 0.4, 0.85]],
  { tokens: ['The', ' capital', ' of', ' France is'], layers: ['0', '4', '8', '12'], title: 'Logit lens' })`,
    marks: { '.heatmaplayer image': 1, '.annotation': 16 },
  },
  {
    name: 'decision-tree',
    code: `v.decisionTree({ feature: 'tokens', threshold: 30.5, count: 400,
  left: { feature: 'negations', threshold: 0.5, count: 250, left: { value: 'positive', count: 180, share: 0.92 }, right: { value: 'negative', count: 70, share: 0.71 } },
  right: { feature: 'rating', threshold: 2.5, count: 150, left: { value: 'negative', count: 60, share: 0.97 },
    right: { feature: 'negations', threshold: 3.5, count: 90, left: { value: 'positive', count: 75, share: 0.8 }, right: { value: 'negative', count: 15, share: 0.6 } } },
}, { example: { tokens: 44, negations: 1, rating: 4 }, title: 'A decision' })`,
    marks: { '.quire-drawing svg g.quire-node': 9 },
  },
];
