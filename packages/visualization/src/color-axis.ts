/** Colours of numbers: the scale, its range, and the bar beside the plot. */
import { COLOR_SCALES, type ColorScaleName } from './palettes.ts';
import { plotText } from './text.ts';

export interface ColorOptions {
  /** Default: `'viridis'`; with `center`, `'blue-orange'`. */
  colorScale?: ColorScaleName;
  /** The numbers at the two ends of the scale. Default: the least and the greatest. */
  colorRange?: readonly [number, number];
  /** The number in the middle of the scale, such as 0 for differences. */
  center?: number;
  /** What the numbers are, beside the bar. */
  valueTitle?: string;
}

export const COLOR_BAR = { outlinewidth: 0, thickness: 14, ticklen: 4, ticks: 'outside' } as const;

/** @throws {RangeError} for a range that isn't two numbers in order */
export function colorAttributes(
  what: string,
  { colorScale, colorRange, center, valueTitle }: ColorOptions,
  names: { low: 'zmin' | 'cmin'; middle: 'zmid' | 'cmid'; high: 'zmax' | 'cmax' } = {
    low: 'zmin',
    middle: 'zmid',
    high: 'zmax',
  },
): Record<string, unknown> {
  if (colorRange && !(colorRange[0] < colorRange[1])) {
    throw new RangeError(`${what}: colorRange has to be [low, high].`);
  }
  return {
    colorscale: COLOR_SCALES[colorScale ?? (center === undefined ? 'viridis' : 'blue-orange')],
    ...(colorRange ? { [names.low]: colorRange[0], [names.high]: colorRange[1] } : {}),
    ...(center === undefined ? {} : { [names.middle]: center }),
    colorbar: {
      ...COLOR_BAR,
      ...(valueTitle === undefined ? {} : { title: { text: plotText(valueTitle), side: 'right' } }),
    },
  };
}
