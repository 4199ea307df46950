/** What a language model generated, and what else it might have. */
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { escapeHtml } from '../text.ts';
import { MUTED } from '../theme.ts';
import { flowHtml, flowSvg, type Piece, visible } from './flow.ts';
import { POSITIVE, STRONGEST } from './tokens.ts';

export interface TokenProbability {
  token: string;
  /** From 0 to 1. */
  probability: number;
}

/** One token that was generated. */
export interface GeneratedToken extends TokenProbability {
  /** What else was likely there, in any order; the token itself may be among them. */
  alternatives?: readonly TokenProbability[];
}

export interface GenerationOptions extends DrawingOptions {
  /** What stood before, without colour. */
  prompt?: string;
  /** How many alternatives are shown. Default: 5. */
  alternatives?: number;
}

/**
 * Text that was generated, the less likely a token the stronger its colour, its probability below it in the picture and
 * its alternatives under the pointer:
 * `generation([{ token: ' Paris', probability: 0.9, alternatives: [{ token: ' Lyon', probability: 0.02 }] }], { prompt })`.
 * @throws {RangeError} when there is no token, or a probability isn't from 0 to 1
 */
export function generation(steps: readonly GeneratedToken[], options: GenerationOptions = {}): Drawing {
  if (!Array.isArray(steps) || steps.length === 0) throw new RangeError('generation: there is no token.');
  const { width = 700, prompt, alternatives: most = 5 } = options;
  const check = ({ token, probability }: TokenProbability, where: string): void => {
    if (typeof token !== 'string') throw new TypeError(`generation: the token of ${where} has to be a text.`);
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(
        `generation: the probability of ${where} has to be from 0 to 1, not ${probability}.`,
      );
    }
  };
  let tallest = 1;
  const generated = steps.map((step, i): Piece => {
    check(step, `step ${i}`);
    const others = [...(step.alternatives ?? [])];
    for (const [k, other] of others.entries()) check(other, `alternative ${k} of step ${i}`);
    const rows = [step, ...others.filter(({ token }) => token !== step.token)]
      .sort((a, b) => b.probability - a.probability || (a === step ? -1 : b === step ? 1 : 0))
      .slice(0, most + 1);
    if (!rows.includes(step)) rows.push(step);
    tallest = Math.max(tallest, rows.length);
    const bars = rows.map((row) => {
      const name = escapeHtml(visible(row.token));
      const share = (100 * row.probability).toFixed(1);
      return (
        `<div style="display:flex;gap:8px;align-items:center;line-height:18px${row === step ? ';font-weight:700' : ''}">` +
        `<span style="width:130px;white-space:pre;overflow:hidden;text-overflow:ellipsis;text-align:right">${name}</span>` +
        `<span style="width:${Math.max(1, Math.round(1.6 * row.probability * 100))}px;height:10px;background-color:rgba(213,94,0,${row === step ? 0.9 : 0.5})"></span>` +
        `<span>${share}%</span></div>`
      );
    });
    return {
      text: step.token,
      background: POSITIVE,
      opacity: STRONGEST * (1 - step.probability),
      caption: percent(step.probability),
      attributes: ` class="token" tabindex="0" aria-label="${escapeHtml(`${visible(step.token)}, ${percent(step.probability)}`)}"`,
      inner: `<span class="panel" style="display:none">${bars.join('')}</span>`,
    };
  });
  const before: Piece[] = prompt === undefined ? [] : [{ text: prompt, breaks: true }];
  const flow = [...before, ...generated];
  const inner = flowSvg(flow, width - 16);
  const panel = 12 + 18 * tallest;
  const least = steps.reduce((a, b) => (b.probability < a.probability ? b : a));
  const logProbability = steps.reduce((sum, { probability }) => sum + Math.log(probability), 0);
  const perplexity = Math.exp(-logProbability / steps.length);
  return new Drawing(
    {
      html: (name) =>
        `<style>.${name} .token:hover>.panel,.${name} .token:focus>.panel{display:block!important;position:absolute;left:0;bottom:0;` +
        `font-size:13px;font-weight:400;white-space:normal;line-height:18px}.${name} .token{cursor:default}` +
        `.${name} .token:hover,.${name} .token:focus{outline:1.5px solid currentColor;outline-offset:-1px}</style>` +
        `<div class="${name}">${flowHtml(flow)}</div><div style="min-height:${panel}px;font-size:12px;opacity:0.7;padding-top:8px">` +
        `The stronger the colour, the less likely the token was. Point at one to see what else was likely.</div>`,
      svg:
        `<g transform="translate(8,4)">${inner.svg}</g>` +
        svgText('The stronger the colour, the less likely the token was.', 8, inner.height + 22, {
          size: 11,
          color: MUTED,
        }),
      width,
      height: inner.height + 34,
      alt:
        `Generated text of ${steps.length} tokens, perplexity ${perplexity.toPrecision(3)}; ` +
        `least likely: ${JSON.stringify(visible(least.token))}, ${percent(least.probability)}.`,
    },
    options,
  );
}

function percent(probability: number): string {
  if (probability > 0 && probability < 0.001) return '<0.1%';
  return `${(100 * probability).toFixed(probability < 0.1 ? 1 : 0)}%`;
}
