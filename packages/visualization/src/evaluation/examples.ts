import type { Example } from '../examples.ts';

/** 300 examples, two models that differ in how well they tell them apart. */
const DATA = `(() => {
  const truth = Array.from({ length: 300 }, (_, i) => i % 3 === 0);
  const noise = (i, k) => { const s = Math.sin(i * 12.9898 + k * 78.233) * 43758.5453; return s - Math.floor(s); };
  const scores = (spread, k) => truth.map((is, i) => 1 / (1 + Math.exp(-((is ? 1 : -1) + spread * (noise(i, k) + noise(i, k + 1) - 1)))));
  return { truth, good: scores(3, 1), fair: scores(7, 5) };
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
];
