/** Every kind of figure, as a cell that shows one, and what has to be seen of it in the page. */

export interface Kind {
  name: string;
  /** The cell; it ends with the figure. `@quire/visualization` is imported as `v`. */
  code: string;
  /** CSS selectors of marks in the output, and how many of each are drawn. */
  marks: Record<string, number>;
}

export const KINDS: Kind[] = [
  {
    name: 'line',
    code: `v.line({
  step: Array.from({ length: 100 }, (_, i) => i),
  train: Array.from({ length: 100 }, (_, i) => Math.exp(-i / 30)),
  validation: Array.from({ length: 100 }, (_, i) => Math.exp(-i / 40) + 0.1),
}, { title: 'Loss' })`,
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
    code: `v.scatter(Array.from({ length: 60 }, (_, i) => ({
  length: i, loss: Math.sin(i / 9) + (i % 3), language: ['English', 'Français', 'Ελληνικά'][i % 3] })),
  { color: 'language', title: 'Loss by length' })`,
    marks: { '.scatterlayer path.point': 60, '.legend .traces': 3 },
  },
];
