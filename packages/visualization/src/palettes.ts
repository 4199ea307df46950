/** Colours that people with any colour vision tell apart. */

/**
 * Okabe and Ito's colours for series ("Color Universal Design", 2008), in an order in which neighbours differ most;
 * yellow, which is hard to see on white, is last.
 */
export const OKABE_ITO = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
  '#f0e442',
] as const;

/** Positions from 0 to 1 and their colours. */
export type ColorScale = readonly (readonly [number, string])[];

const evenly = (...colors: string[]): ColorScale =>
  colors.map((color, i) => [i / (colors.length - 1), color] as const);

/** Sequential, from dark to bright (van der Walt and Smith, 2015). */
export const VIRIDIS = evenly(
  '#440154',
  '#482475',
  '#414487',
  '#355f8d',
  '#2a788e',
  '#21918c',
  '#22a884',
  '#44bf70',
  '#7ad151',
  '#bddf26',
  '#fde725',
);

/** Sequential, made for red-green colour blindness (Nuñez, Anderton and Renslow, 2018). */
export const CIVIDIS = evenly(
  '#00224e',
  '#0d346b',
  '#35456c',
  '#50576c',
  '#666970',
  '#7d7c78',
  '#948e77',
  '#aea371',
  '#c8b866',
  '#e5cf52',
  '#fee838',
);

/** Sequential, from near white to dark blue: for counts and shares, whose nothing is to look like nothing. */
export const BLUES = evenly(
  '#f7fbff',
  '#deebf7',
  '#c6dbef',
  '#9ecae1',
  '#6baed6',
  '#4292c6',
  '#2171b5',
  '#08519c',
  '#08306b',
);

/** Diverging about a middle, from blue over near white to orange: Okabe and Ito's two ends. */
export const BLUE_ORANGE = evenly(
  '#00466e',
  '#0072b2',
  '#5fa5d0',
  '#b5d5ea',
  '#f7f7f7',
  '#f6cfae',
  '#e8965a',
  '#d55e00',
  '#853b00',
);

export const COLOR_SCALES = {
  viridis: VIRIDIS,
  cividis: CIVIDIS,
  blues: BLUES,
  'blue-orange': BLUE_ORANGE,
} as const;

export type ColorScaleName = keyof typeof COLOR_SCALES;

/** The colour of series `index`; after the last colour the first follows again. */
export function seriesColor(index: number): string {
  return OKABE_ITO[index % OKABE_ITO.length]!;
}

/** `color`, as `#rrggbb`, with an opacity from 0 to 1. */
export function withOpacity(color: string, opacity: number): string {
  const at = (i: number): number => Number.parseInt(color.slice(i, i + 2), 16);
  return `rgba(${at(1)},${at(3)},${at(5)},${opacity})`;
}

/** The colour at `position` of a scale, linear in sRGB between its stops; outside of 0 to 1 that of the nearer end. */
export function colorAt(scale: ColorScale, position: number): string {
  const after = scale.findIndex(([stop]) => stop >= position);
  if (after === 0) return scale[0]![1];
  if (after < 0) return scale.at(-1)![1];
  const [low, from] = scale[after - 1]!;
  const [high, to] = scale[after]!;
  const t = (position - low) / (high - low);
  const mix = (i: number): string => {
    const [a, b] = [from, to].map((color) => Number.parseInt(color.slice(i, i + 2), 16)) as [number, number];
    return Math.round(a + t * (b - a))
      .toString(16)
      .padStart(2, '0');
  };
  return `#${mix(1)}${mix(3)}${mix(5)}`;
}
