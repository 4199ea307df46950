/** Many points as one picture: as shapes of their own they would be megabytes, and slow. */
import type { PlotlyTrace } from '../plotly.ts';
import { encodePng, parseColor } from './canvas.js';

/** Pixels of the picture. */
const WIDTH = 900;
const HEIGHT = 520;
/** Pixels of it per CSS pixel, about. */
const DENSITY = 1.5;
/** Colours of a scale, and of an edge: few of both, for the time and the bytes that they cost. */
const SHADES = 64;
const EDGES = 4;

interface Marker {
  color?: unknown;
  colorscale?: [number, string][];
  cmin?: number;
  cmax?: number;
  size?: unknown;
}

export interface Dots {
  /** A PNG as a data URL. */
  source: string;
  /** What of the axes it covers. */
  xRange: [number, number];
  yRange: [number, number];
}

/**
 * The points of `traces` as a picture; undefined where an axis isn't one of numbers.
 * @param ranges what of the axes is shown, where that was said
 */
export function dots(
  traces: readonly PlotlyTrace[],
  ranges: { x?: [number, number] | undefined; y?: [number, number] | undefined },
): Dots | undefined {
  const points = traces.map(({ x, y, marker }) => ({
    x: x as unknown[],
    y: y as unknown[],
    marker: (marker ?? {}) as Marker,
  }));
  const xRange = ranges.x ?? extent(points.map(({ x }) => x));
  const yRange = ranges.y ?? extent(points.map(({ y }) => y));
  if (!xRange || !yRange) return undefined;
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  // Transparent white: edges blend into it without a dark rim.
  new Uint32Array(pixels.buffer).fill(0x00ffffff);
  for (const { x, y, marker } of points) {
    const color = colorsOf(marker);
    for (let i = 0; i < x.length; i++) {
      const [px, py] = [x[i], y[i]];
      if (typeof px !== 'number' || typeof py !== 'number') continue;
      const size = Array.isArray(marker.size) ? Number(marker.size[i]) : Number(marker.size ?? 6);
      const left = ((px - xRange[0]) / (xRange[1] - xRange[0])) * WIDTH;
      const top = ((yRange[1] - py) / (yRange[1] - yRange[0])) * HEIGHT;
      disc(pixels, left, top, (size / 2) * DENSITY, color(i));
    }
  }
  const png = encodePng(pixels, WIDTH, HEIGHT, 256, 5);
  return { source: `data:image/png;base64,${png.toString('base64')}`, xRange, yRange };
}

function extent(lists: readonly unknown[][]): [number, number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (const value of list) {
      if (value === null) continue;
      if (typeof value !== 'number') return undefined;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return undefined;
  const margin = (high - low || 1) * 0.04;
  return [low - margin, high + margin];
}

/** The colour of point `i`, also on a colour scale. */
export function colorsOf({
  color,
  colorscale,
  cmin,
  cmax,
}: Marker): (i: number) => [number, number, number, number] {
  if (!Array.isArray(color)) {
    const one = parseColor(typeof color === 'string' ? color : '#0072b2');
    return () => one;
  }
  if (typeof color.find((value) => value !== null) === 'string') {
    const parsed = color.map((value) => parseColor(String(value)));
    return (i) => parsed[i]!;
  }
  const numbers = color as (number | null)[];
  const finite = numbers.filter((value) => value !== null);
  const low = cmin ?? finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = cmax ?? finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const stops = (colorscale ?? []).map(([at, text]) => [at, parseColor(text)] as const);
  // A table: finding the stops for each point takes long, and fewer colours make a smaller file.
  const shades = Array.from({ length: SHADES }, (_, k): [number, number, number, number] => {
    const t = k / (SHADES - 1);
    const after = stops.findIndex(([at]) => at >= t);
    if (after <= 0) return stops.at(after)?.[1] ?? [0, 0, 0, 255];
    const [a, from] = stops[after - 1]!;
    const [b, to] = stops[after]!;
    const s = (t - a) / (b - a);
    return from.map((c, channel) => Math.round(c + s * (to[channel]! - c))) as [
      number,
      number,
      number,
      number,
    ];
  });
  return (i) => {
    const value = numbers[i];
    const t = value === null || value === undefined || high === low ? 0.5 : (value - low) / (high - low);
    return shades[Math.round(Math.min(1, Math.max(0, t)) * (SHADES - 1))]!;
  };
}

/** Draws a filled circle over what is there; opaque, since mixed colours make the file large. */
function disc(
  pixels: Uint8ClampedArray,
  cx: number,
  cy: number,
  radius: number,
  color: readonly [number, number, number, number],
): void {
  const r = color[0];
  const g = color[1];
  const b = color[2];
  const left = Math.max(0, Math.floor(cx - radius));
  const right = Math.min(WIDTH - 1, Math.ceil(cx + radius));
  const top = Math.max(0, Math.floor(cy - radius));
  const bottom = Math.min(HEIGHT - 1, Math.ceil(cy + radius));
  const inner = Math.max(0, radius - 0.5) ** 2;
  const outer = (radius + 0.5) ** 2;
  for (let y = top; y <= bottom; y++) {
    const dy = y + 0.5 - cy;
    for (let x = left; x <= right; x++) {
      const dx = x + 0.5 - cx;
      const distance = dx * dx + dy * dy;
      if (distance >= outer) continue;
      const at = 4 * (y * WIDTH + x);
      const a = distance <= inner ? 1 : Math.ceil((radius + 0.5 - Math.sqrt(distance)) * EDGES) / EDGES;
      const under = (pixels[at + 3]! / 255) * (1 - a);
      const out = a + under;
      pixels[at] = (r * a + pixels[at]! * under) / out;
      pixels[at + 1] = (g * a + pixels[at + 1]! * under) / out;
      pixels[at + 2] = (b * a + pixels[at + 2]! * under) / out;
      pixels[at + 3] = 255 * out;
    }
  }
}
