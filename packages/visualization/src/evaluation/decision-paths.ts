/** How a decision comes about: feature by feature, and layer by layer. */
import { listed } from '../axes.ts';
import { type Numbers, named } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { checkSameLength, readFiniteMatrix, readTexts } from '../finite.ts';
import { heatmap } from '../heatmap.ts';
import { BLUE_ORANGE, colorAt, seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { plotText, readable, shorten } from '../text.ts';
import { LINE } from '../theme.ts';

export interface DecisionPathsOptions extends FigureOptions {
  /** F: the features' names. Default: their numbers. */
  features?: readonly string[];
  /** What the model answers where nothing is known: where paths begin. Default: 0. */
  base?: number;
  /** F, of a single decision: the features' values, written beside the path. */
  values?: readonly (string | number)[];
  /** N: the decisions' names, under the pointer. */
  names?: readonly string[];
  /** The decisions that are drawn dashed: the wrong ones, for one. */
  highlight?: readonly number[];
  /** Features from the least important at the bottom to the most important on top (default), or as given, the last on top. */
  order?: 'importance' | 'given';
  /** Features that are drawn at most; the least important ones are added up. Default: 20. */
  most?: number;
  /** Whether contributions are in logits and are shown as probabilities. Default: `'identity'`. */
  link?: 'identity' | 'logit';
  /** What the model's output is. Default: `'output'`, or `'probability'` with a logit link. */
  output?: string;
}

/** More would be a tangle. */
const MOST_PATHS = 500;

/**
 * Paths from what the model answers without knowing anything to its decisions: from the bottom up each feature moves the
 * answer by its contribution, as in SHAP's decision plot (Lundberg et al., "From Local Explanations to Global
 * Understanding with Explainable AI for Trees", 2020). Contributions are SHAP values, integrated gradients, or those of
 * a linear model: whatever adds up to the answer.
 * `decisionPaths(contributions, { base: 0.1, features: ['age', 'income'] })`
 * @param contributions N x F, or the F of a single decision
 * @throws {TypeError} when contributions are no numbers
 * @throws {RangeError} when one isn't finite, there are more than 500 decisions, or names are more or fewer than there are
 */
export function decisionPaths(
  contributions: Numbers | readonly Numbers[],
  options: DecisionPathsOptions = {},
): Figure {
  const what = 'decisionPaths';
  const { base = 0, order = 'importance', most = 20, link = 'identity', highlight = [] } = options;
  const isSingle = typeof (contributions as Numbers)?.[0] === 'number';
  const matrix = readFiniteMatrix(what, 'contributions', isSingle ? [contributions] : contributions);
  const [count, width] = [matrix.length, matrix[0]!.length];
  if (count > MOST_PATHS) {
    throw new RangeError(
      `${what}: at most ${MOST_PATHS} decisions are drawn, not ${count}. Draw a sample of them.`,
    );
  }
  if (!Number.isFinite(base)) throw new RangeError(`${what}: base has to be a finite number, not ${base}.`);
  if (order !== 'importance' && order !== 'given') {
    throw new TypeError(`${what}: order is 'importance' or 'given', not ${named(order)}.`);
  }
  if (link !== 'identity' && link !== 'logit') {
    throw new TypeError(`${what}: link is 'identity' or 'logit', not ${named(link)}.`);
  }
  if (!(Number.isInteger(most) && most >= 2)) {
    throw new RangeError(`${what}: most has to be a whole number from 2, not ${most}.`);
  }
  const features =
    options.features === undefined
      ? Array.from({ length: width }, (_, f) => `feature ${f}`)
      : readTexts(what, 'features', options.features);
  checkSameLength(what, ['contributions of a decision', { length: width }], ['features', features]);
  if (options.values) {
    if (count !== 1)
      throw new TypeError(`${what}: values are those of a single decision, and there are ${count}.`);
    checkSameLength(what, ['features', features], ['values', options.values]);
  }
  if (options.names) {
    checkSameLength(what, ['decisions', matrix], ['names', readTexts(what, 'names', options.names)]);
  }
  for (const i of highlight) {
    if (!(Number.isInteger(i) && i >= 0 && i < count)) {
      throw new RangeError(`${what}: highlight holds ${i}; decisions are numbered from 0 to ${count - 1}.`);
    }
  }
  const importance = features.map((_, f) => matrix.reduce((sum, row) => sum + Math.abs(row[f]!), 0));
  const ranked = features.map((_, f) => f).sort((a, b) => importance[a]! - importance[b]!);
  const kept = new Set(width > most ? ranked.slice(width - most + 1) : ranked);
  const rest = ranked.filter((f) => !kept.has(f));
  const steps: number[][] = [
    ...(rest.length > 0 ? [rest] : []),
    ...(order === 'given'
      ? features.map((_, f) => f).filter((f) => kept.has(f))
      : ranked.filter((f) => kept.has(f))
    ).map((f) => [f]),
  ];
  const told =
    link === 'logit' ? (logit: number): number => 1 / (1 + Math.exp(-logit)) : (v: number): number => v;
  const paths = matrix.map((row) => {
    let at = base;
    return [base, ...steps.map((step) => (at += step.reduce((sum, f) => sum + row[f]!, 0)))].map(told);
  });
  const ends = paths.map((path) => path.at(-1)!);
  const start = told(base);
  const reach = Math.max(...ends.map((end) => Math.abs(end - start)), Number.MIN_VALUE);
  const value = (f: number): string => {
    const own = options.values?.[f];
    return own === undefined ? '' : ` = ${typeof own === 'number' ? readable(own) : own}`;
  };
  const labels = steps.map((step) =>
    step.length > 1 || rest.includes(step[0]!)
      ? `${step.length} ${step.length === 1 ? 'other' : 'others'}`
      : shorten(`${features[step[0]!]}${value(step[0]!)}`, 36),
  );
  const output = options.output ?? (link === 'logit' ? 'probability' : 'output');
  const places = [0, ...steps.map((_, s) => s + 1)];
  return new Figure(
    {
      data: paths.map((path, i): PlotlyTrace => {
        const color = count === 1 ? seriesColor(0) : colorAt(BLUE_ORANGE, shade((ends[i]! - start) / reach));
        const name = options.names?.[i] ?? `decision ${i}`;
        return {
          type: 'scatter',
          mode: count === 1 ? 'lines+markers' : 'lines',
          name: plotText(name),
          x: path,
          y: places,
          line: {
            color,
            width: count > 60 ? 1 : 2,
            ...(highlight.includes(i) ? { dash: 'dash' } : {}),
          },
          marker: { color, size: 6 },
          text: ['', ...labels].map((label, s) => (s === 0 ? 'base' : plotText(label))),
          hovertemplate: `%{text}: %{x:.4~g}<extra>${plotText(name)}, ${readable(ends[i]!)}</extra>`,
        };
      }),
      layout: {
        xaxis: {
          title: { text: plotText(output) },
          showgrid: true,
          ...(link === 'logit' ? { range: [-0.02, 1.02] } : {}),
        },
        yaxis: {
          tickvals: places,
          ticktext: ['base', ...labels.map(plotText)],
          range: [-0.3, steps.length + 0.3],
          showgrid: true,
        },
        shapes: [
          {
            type: 'line',
            yref: 'paper',
            y0: 0,
            y1: 1,
            x0: start,
            x1: start,
            line: { color: LINE, width: 1.5, dash: 'dot' },
          },
        ],
        showlegend: false,
        hovermode: 'closest',
      },
      alt:
        `${count === 1 ? 'Path of a decision' : `Paths of ${count} decisions`} over ${width} features from ${readable(start)} to ` +
        `${count === 1 ? readable(ends[0]!) : `${readable(Math.min(...ends))}–${readable(Math.max(...ends))}`}; ` +
        `most moved by ${listed(
          ranked
            .slice(-3)
            .reverse()
            .map((f) => features[f]!),
        )}.`,
    },
    { height: Math.max(240, 120 + 24 * steps.length), ...options },
  );
}

/** Where on the scale the color of a move from -1 to 1 is; not in its middle, which isn't seen on white. */
function shade(move: number): number {
  return move < 0 ? 0.3 + 0.25 * move : 0.7 + 0.25 * move;
}

export interface LayerDecisionsOptions extends FigureOptions {
  /** C: the classes' names. Default: their numbers. */
  classes?: readonly string[];
  /** L: the layers' names. Default: their numbers. */
  layers?: readonly string[];
  /** Classes that are drawn at most: those with the greatest probability at any layer. Default: 6. */
  most?: number;
  /** The true class's number, whose line is dashed. */
  truth?: number;
}

/**
 * What a model would answer at each of its layers: the probability of each class if its last layer read out that layer's
 * state (nostalgebraist, "Interpreting GPT: the Logit Lens", 2020), or if a probe did (Alain and Bengio, "Understanding
 * Intermediate Layers Using Linear Classifier Probes", 2016). Below each layer is its decision.
 * @param probabilities L x C
 * @throws {RangeError} when a probability isn't from 0 to 1, or names are more or fewer than there are
 */
export function layerDecisions(
  probabilities: readonly Numbers[],
  options: LayerDecisionsOptions = {},
): Figure {
  const what = 'layerDecisions';
  const { most = 6, truth } = options;
  const matrix = readFiniteMatrix(what, 'probabilities', probabilities, [0, 1]);
  const [depth, width] = [matrix.length, matrix[0]!.length];
  const classes = options.classes
    ? readTexts(what, 'classes', options.classes)
    : Array.from({ length: width }, (_, c) => String(c));
  const layers = options.layers
    ? readTexts(what, 'layers', options.layers)
    : Array.from({ length: depth }, (_, l) => String(l));
  checkSameLength(what, ['probabilities of a layer', { length: width }], ['classes', classes]);
  checkSameLength(what, ['rows of probabilities', matrix], ['layers', layers]);
  if (truth !== undefined && !(Number.isInteger(truth) && truth >= 0 && truth < width)) {
    throw new RangeError(`${what}: truth has to be a class's number from 0 to ${width - 1}, not ${truth}.`);
  }
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new RangeError(`${what}: most has to be a whole number above 0, not ${most}.`);
  }
  const peak = classes.map((_, c) => Math.max(...matrix.map((row) => row[c]!)));
  const shown = classes
    .map((_, c) => c)
    .sort((a, b) => peak[b]! - peak[a]!)
    .filter((c, rank) => rank < most || c === truth);
  const decided = matrix.map((row) => row.reduce((best, p, c) => (p > row[best]! ? c : best), 0));
  const last = decided.at(-1)!;
  // The first layer from which on the decision is the last one's.
  const settled = decided.findLastIndex((c) => c !== last) + 1;
  return new Figure(
    {
      data: shown.map((c, i): PlotlyTrace => {
        const color = seriesColor(i);
        return {
          type: 'scatter',
          mode: 'lines+markers',
          name: plotText(classes[c]!),
          x: layers.map((_, l) => l),
          y: matrix.map((row) => row[c]!),
          line: { color, width: 2, ...(c === truth ? { dash: 'dash' } : {}) },
          marker: { color, size: 6 },
          hovertemplate: '%{y:.3f}',
        };
      }),
      layout: {
        xaxis: {
          title: { text: 'layer' },
          tickvals: layers.map((_, l) => l),
          ticktext: layers.map(
            (layer, l) =>
              `${plotText(shorten(layer, 16))}<br>${plotText(shorten(classes[decided[l]!]!, 12))}`,
          ),
        },
        yaxis: { title: { text: 'probability' }, range: [-0.02, 1.02] },
        hovermode: 'x unified',
        showlegend: true,
      },
      alt: `Probability of ${width} classes by layer, ${depth} layers; the decision is "${classes[last]}" from layer "${layers[settled]}" on.`,
    },
    options,
  );
}

export interface LogitLensOptions extends FigureOptions {
  /** T: what was read. */
  tokens?: readonly string[];
  /** L: the layers' names. Default: their numbers. */
  layers?: readonly string[];
}

/**
 * The token that a language model would put next at each layer and position, coloured by its probability; the last layer
 * is on top (nostalgebraist, "Interpreting GPT: the Logit Lens", 2020).
 * @param predictions L x T
 * @param probabilities L x T, of these predictions
 * @throws {RangeError} when a probability isn't from 0 to 1, or the two differ in shape
 */
export function logitLens(
  predictions: readonly (readonly string[])[],
  probabilities: readonly Numbers[],
  options: LogitLensOptions = {},
): Figure {
  const what = 'logitLens';
  const matrix = readFiniteMatrix(what, 'probabilities', probabilities, [0, 1]);
  const [depth, width] = [matrix.length, matrix[0]!.length];
  if (!Array.isArray(predictions)) {
    throw new TypeError(
      `${what}: predictions have to be an array of rows of tokens, not ${named(predictions)}.`,
    );
  }
  checkSameLength(what, ['rows of probabilities', matrix], ['rows of predictions', predictions]);
  const texts = predictions.map((row, l) => {
    const own = readTexts(what, `row ${l} of predictions`, row);
    checkSameLength(what, [`probabilities of row ${l}`, { length: width }], ['predictions', own]);
    return own;
  });
  const tokens = options.tokens
    ? readTexts(what, 'tokens', options.tokens)
    : Array.from({ length: width }, (_, t) => String(t));
  const layers = options.layers
    ? readTexts(what, 'layers', options.layers)
    : Array.from({ length: depth }, (_, l) => String(l));
  checkSameLength(what, ['positions', { length: width }], ['tokens', tokens]);
  checkSameLength(what, ['rows of probabilities', matrix], ['layers', layers]);
  const visible = (text: string): string => shorten(text.replaceAll('\n', '↵').replaceAll('\t', '⇥'), 12);
  const drawn = heatmap(matrix, {
    x: tokens.map(visible),
    y: layers,
    firstRow: 'bottom',
    colorScale: 'blues',
    colorRange: [0, 1],
    valueTitle: 'probability',
    values: (_, l, t) => visible(texts[l]![t]!),
    yTitle: 'layer',
  });
  const { margin: _, ...layout } = drawn.layout;
  const final = texts.at(-1)!;
  const first = final.map((token, t) => texts.findLastIndex((row) => row[t] !== token) + 1);
  const mean = first.reduce((a, b) => a + b, 0) / width;
  return new Figure(
    {
      data: [
        {
          ...drawn.data[0]!,
          text: texts.map((row) => row.map((token) => plotText(visible(token)))),
          hovertemplate: 'after %{x}, layer %{y}: %{text} %{z:.3f}<extra></extra>',
        },
      ],
      layout: {
        ...layout,
        annotations: (layout.annotations as { font: object }[]).map((label) => ({
          ...label,
          font: { ...label.font, size: width > 14 ? 9 : 11 },
        })),
      },
      alt: `Predictions of ${depth} layers at ${width} positions; a prediction is the last layer's from layer ${mean.toFixed(1)} of ${depth} on, on average.`,
    },
    { height: Math.max(220, 110 + 26 * depth), ...options },
  );
}
