import { named } from './data.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { seriesColor, withOpacity } from './palettes.ts';
import { plotText } from './text.ts';
import { INK } from './theme.ts';

export interface SankeyLink {
  source: string;
  target: string;
  /** How broad the link is: a number above 0. */
  value: number;
}

export interface SankeyOptions extends FigureOptions {
  /** What the values count, behind them. */
  unit?: string;
}

/**
 * What flows from where to where: `sankey([{ source: 'tokens', target: 'known', value: 90 }, …])`.
 * @throws {RangeError} when there is no link, or a value isn't a number above 0
 */
export function sankey(links: readonly SankeyLink[], options: SankeyOptions = {}): Figure {
  if (!Array.isArray(links) || links.length === 0) {
    throw new RangeError('sankey: there is nothing to draw, no links were given.');
  }
  for (const [i, { value }] of links.entries()) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new RangeError(`sankey: the value of link ${i} has to be a number above 0, not ${named(value)}.`);
    }
  }
  const names = [...new Set(links.flatMap(({ source, target }) => [String(source), String(target)]))];
  const at = new Map(names.map((name, i) => [name, i]));
  return new Figure(
    {
      data: [
        {
          type: 'sankey',
          node: {
            label: names.map(plotText),
            color: names.map((_, i) => seriesColor(i)),
            pad: 18,
            thickness: 16,
            line: { width: 0 },
          },
          link: {
            source: links.map(({ source }) => at.get(String(source))!),
            target: links.map(({ target }) => at.get(String(target))!),
            value: links.map(({ value }) => value),
            color: links.map(({ source }) => withOpacity(seriesColor(at.get(String(source))!), 0.3)),
          },
          textfont: { size: 12, color: INK },
          ...(options.unit === undefined ? {} : { valuesuffix: ` ${plotText(options.unit)}` }),
        },
      ],
      layout: { margin: { l: 16, r: 16, b: 20 } },
      alt: `Sankey diagram of ${links.length} links between ${names.length} nodes.`,
    },
    options,
  );
}
