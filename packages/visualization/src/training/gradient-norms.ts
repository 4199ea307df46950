import { type Numbers, readNumbers } from '../data.ts';
import type { Figure, FigureOptions } from '../figure.ts';
import { heatmap } from '../heatmap.ts';

export interface GradientNormsOptions extends FigureOptions {
  /** The step of each norm. Default: 0, 1, 2, … */
  steps?: Numbers;
}

/** Columns that are told apart. */
const MOST_COLUMNS = 200;

/**
 * The norm of each layer's gradient over training, on a colour scale of powers of ten: the first layer on top. What
 * vanishes or explodes is a dark or a bright band. A norm of 0, NaN or infinity is a gap. Of more than 200 steps the
 * largest norms of neighbours are shown.
 * @param norms of each layer, in the model's order, one for each step
 * @throws {RangeError} when there is no layer, or layers differ in length
 */
export function gradientNorms(
  norms: Readonly<Record<string, Numbers>>,
  options: GradientNormsOptions = {},
): Figure {
  const layers = Object.entries(norms).map(
    ([name, values]) => [name, readNumbers('gradientNorms', `"${name}"`, values)] as const,
  );
  const [first] = layers;
  if (!first) throw new RangeError('gradientNorms: there is no layer.');
  const count = first[1].length;
  for (const [name, values] of layers) {
    if (values.length !== count) {
      throw new RangeError(
        `gradientNorms: layers differ in length: "${first[0]}" has ${count} norms, "${name}" ${values.length}.`,
      );
    }
  }
  const steps = options.steps
    ? readNumbers('gradientNorms', 'steps', options.steps)
    : Array.from({ length: count }, (_, i) => i);
  if (steps.length !== count) {
    throw new RangeError(`gradientNorms: there are ${steps.length} steps for ${count} norms.`);
  }
  const per = Math.ceil(count / MOST_COLUMNS);
  const columns = Array.from({ length: Math.ceil(count / per) }, (_, i) => i * per);
  const z = layers.map(([, values]) =>
    columns.map((start) => {
      const norm = Math.max(
        ...values.slice(start, start + per).map((value) => (Number.isFinite(value) ? value : 0)),
      );
      return norm > 0 ? Math.log10(norm) : Number.NaN;
    }),
  );
  return heatmap(z, {
    y: layers.map(([name]) => name),
    x: columns.map((start) => steps[start]!),
    xTitle: 'step',
    valueTitle: 'log10 of norm',
    values: false,
    height: Math.max(240, Math.min(900, 120 + 22 * layers.length)),
    ...options,
  });
}
