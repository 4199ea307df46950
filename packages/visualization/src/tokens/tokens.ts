/** Tokens as coloured pieces of text. */

import { type Numbers, readNumbers } from '../data.ts';
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { checkSameLength, readTexts } from '../finite.ts';
import { OKABE_ITO } from '../palettes.ts';
import { escapeHtml, readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { flowHtml, flowSvg, type Piece, visible } from './flow.ts';

export interface TokensOptions extends DrawingOptions {
  /**
   * A number for each token, such as an attribution: above 0 in orange, below in blue, the stronger the farther from 0.
   * NaN is underlined with dots. Without it, neighbours differ in colour, so that tokens are told apart.
   */
  values?: Numbers;
  /** The number that is as strong as it gets. Default: the greatest distance from 0. */
  most?: number;
  /** What the numbers are. Default: `'value'`. */
  valueTitle?: string;
  /** The tokens' numbers in the vocabulary, shown under the pointer. */
  ids?: Numbers;
}

export const POSITIVE = '#d55e00';
export const NEGATIVE = '#0072b2';
/** Text stays legible on it, on light and on dark pages. */
export const STRONGEST = 0.62;
const SHADES = [0, 4, 2, 3, 5].map((i) => OKABE_ITO[i]!);

/**
 * Tokens as coloured pieces: `tokens([' a', ' cat'])` shows where one ends and the next begins,
 * `tokens(pieces, { values })` what each adds to a prediction (saliency, integrated gradients, occlusion, attention).
 * Control characters are written as `\n`, `\t`, `\x1b`; after a new line a line begins.
 * @throws {RangeError} when there are none, or numbers for more or fewer
 */
export function tokens(pieces: readonly string[], options: TokensOptions = {}): Drawing {
  const texts = readTexts('tokens', 'pieces', pieces);
  if (texts.length === 0) throw new RangeError('tokens: there is no token.');
  const { width = 700, valueTitle = 'value' } = options;
  const ids = options.ids === undefined ? undefined : readNumbers('tokens', 'ids', options.ids);
  if (ids) checkSameLength('tokens', ['tokens', texts], ['ids', ids]);
  const values = options.values === undefined ? undefined : readNumbers('tokens', 'values', options.values);
  if (values) checkSameLength('tokens', ['tokens', texts], ['values', values]);
  const most =
    options.most ?? (values ?? []).reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
  if (!(most >= 0 && most < Infinity) || options.most === 0) {
    throw new RangeError(`tokens: most has to be a number above 0, not ${options.most}.`);
  }
  const flow = texts.map((text, i): Piece => {
    const told = [`${i}: ${JSON.stringify(text)}`, ...(ids ? [`id ${ids[i]}`] : [])];
    if (!values) {
      return { text, background: SHADES[i % SHADES.length]!, opacity: 0.28, hint: told.join('\n') };
    }
    const value = values[i]!;
    const hint = [...told, `${valueTitle} ${readable(value)}`].join('\n');
    if (Number.isNaN(value)) return { text, decoration: 'dotted', hint };
    return { text, ...valueTint(value, most), hint };
  });
  const inner = flowSvg(flow, width - 16);
  const scale = values && most > 0 ? scaleOf(values, most, valueTitle) : undefined;
  const strongest = values
    ? texts
        .map((text, i) => ({ text, value: values[i]! }))
        .filter(({ value }) => Number.isFinite(value))
        .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
        .slice(0, 3)
        .map(({ text, value }) => `${JSON.stringify(visible(text))} ${readable(value)}`)
    : [];
  return new Drawing(
    {
      html: flowHtml(flow) + (scale?.html ?? ''),
      svg:
        `<g transform="translate(8,4)">${inner.svg}</g>` +
        (scale ? `<g transform="translate(8,${inner.height + 12})">${scale.svg}</g>` : ''),
      width,
      height: inner.height + 12 + (scale ? 26 : 0),
      alt:
        `Text of ${texts.length} tokens` +
        (strongest.length > 0 ? `, coloured by ${valueTitle}; strongest: ${strongest.join(', ')}.` : '.'),
    },
    options,
  );
}

/** The colour of a number between `-most` and `most`. */
export function valueTint(value: number, most: number): { background: string; opacity: number } {
  const share = most === 0 ? 0 : Math.min(1, Math.abs(value) / most);
  return { background: value < 0 ? NEGATIVE : POSITIVE, opacity: share * STRONGEST };
}

/** What the colours say: from the least to the most, in steps. */
function scaleOf(values: readonly number[], most: number, title: string): { html: string; svg: string } {
  const signed = values.some((value) => value < 0);
  const positive = values.some((value) => value > 0) || !signed;
  const steps =
    signed && positive
      ? [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]
      : [0, 0.25, 0.5, 0.75, 1].map((s) => (signed ? -s : s));
  const [low, high] = [readable(steps[0]! * most), readable(steps.at(-1)! * most)];
  const cells = steps.map((step) => ({ ...valueTint(step, 1) }));
  const html = cells
    .map(({ background, opacity }) => {
      const rgb = [1, 3, 5].map((i) => Number.parseInt(background.slice(i, i + 2), 16)).join(',');
      return `<span style="display:inline-block;width:18px;height:10px;background-color:rgba(${rgb},${opacity})"></span>`;
    })
    .join('');
  const at = 52;
  return {
    html: `<div aria-hidden="true" style="font-size:12px;opacity:0.8;margin-top:6px">${escapeHtml(low)} ${html} ${escapeHtml(high)} ${escapeHtml(title)}</div>`,
    svg:
      svgText(low, at - 6, 12, { color: MUTED, anchor: 'end', size: 11 }) +
      cells
        .map(
          ({ background, opacity }, i) =>
            `<rect x="${at + 18 * i}" y="3" width="18" height="10" fill="${background}" fill-opacity="${opacity}"/>`,
        )
        .join('') +
      svgText(`${high}  ${title}`, at + 18 * cells.length + 6, 12, { color: MUTED, size: 11 }),
  };
}
