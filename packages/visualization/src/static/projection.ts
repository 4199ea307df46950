/** Surfaces and points in space as flat SVG, seen from where Plotly's camera is: the nearer covers what is behind it. */
import type { PlotlyLayout, PlotlyTrace } from '../plotly.ts';
import { colorsOf } from './dots.ts';

type Point = readonly [x: number, y: number, z: number];
type Axis = 'x' | 'y' | 'z';

interface Seen {
  x: number;
  y: number;
  /** Larger is farther away. */
  depth: number;
}

const AXES: readonly Axis[] = ['x', 'y', 'z'];

interface Look {
  grid: string;
  panel: string;
}

/** At most this many faces of a surface are drawn; a finer one is thinned. */
const MOST_FACES = 2500;

/** Text of a flat scene: where it stands, in shares of width and height from the top left. */
export interface SceneLabel {
  x: number;
  y: number;
  /** As a scene takes it: see `sceneText`. */
  text: string;
  anchor: 'left' | 'center' | 'right';
  title: boolean;
  turned: boolean;
}

export interface FlatScene {
  svg: string;
  labels: SceneLabel[];
}

/**
 * `surface` and `scatter3d` traces as an SVG document of `width` x `height`, and the text that belongs on it.
 * @param layout the layout's `scene`, as this package sets it
 */
export function projectScene(
  traces: readonly PlotlyTrace[],
  layout: PlotlyLayout,
  width: number,
  height: number,
  look: Look,
): FlatScene {
  const ranges = Object.fromEntries(AXES.map((axis) => [axis, rangeOf(traces, axis)])) as Record<
    Axis,
    [number, number]
  >;
  const ratio = (layout.aspectratio ?? { x: 1, y: 1, z: 1 }) as Record<Axis, number>;
  const place = (point: Point): Point =>
    AXES.map((axis, i) => {
      const [low, high] = ranges[axis];
      return ((point[i]! - low) / (high - low) - 0.5) * ratio[axis];
    }) as unknown as Point;
  const eye = (layout.camera as { eye?: Record<Axis, number> } | undefined)?.eye ?? {
    x: 1.25,
    y: 1.25,
    z: 1.25,
  };
  const see = camera([eye.x, eye.y, eye.z]);

  const corners = [0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z): Point => [x, y, z])));
  const cube = (corner: Point): Point =>
    AXES.map((axis, i) => (corner[i]! - 0.5) * ratio[axis]) as unknown as Point;
  const outline = corners.map((corner) => see(cube(corner)));
  const margin = { left: 62, right: 30, top: 8, bottom: 46 };
  const [minX, maxX] = [Math.min(...outline.map((p) => p.x)), Math.max(...outline.map((p) => p.x))];
  const [minY, maxY] = [Math.min(...outline.map((p) => p.y)), Math.max(...outline.map((p) => p.y))];
  const scale = Math.min(
    (width - margin.left - margin.right) / (maxX - minX),
    (height - margin.top - margin.bottom) / (maxY - minY),
  );
  const offsetX =
    margin.left + (width - margin.left - margin.right - scale * (maxX - minX)) / 2 - scale * minX;
  const offsetY =
    margin.top + (height - margin.top - margin.bottom - scale * (maxY - minY)) / 2 - scale * minY;
  const toScreen = ({ x, y, depth }: Seen): Seen => ({
    x: offsetX + scale * x,
    y: offsetY + scale * y,
    depth,
  });
  const atCube = (corner: Point): Seen => toScreen(see(cube(corner)));
  const atPoint = (point: Point): Seen => toScreen(see(place(point)));

  // The three sides that the eye looks at from within: those away from it.
  const away: Point = [eye.x > 0 ? 0 : 1, eye.y > 0 ? 0 : 1, eye.z > 0 ? 0 : 1];
  const parts: string[] = [];
  for (const [i] of AXES.entries()) {
    const [u, v] = [0, 1, 2].filter((k) => k !== i) as [number, number];
    const on = (a: number, b: number): Point => {
      const corner = [...away] as [number, number, number];
      corner[u] = a;
      corner[v] = b;
      return corner;
    };
    const face = [on(0, 0), on(1, 0), on(1, 1), on(0, 1)].map(atCube);
    parts.push(`<path d="${polygon(face)}" fill="${look.panel}" stroke="${look.grid}"/>`);
    for (const [k, other] of [
      [u, v],
      [v, u],
    ] as const) {
      const axis = AXES[k]!;
      for (const t of ticks(ranges[axis])) {
        const position = (t - ranges[axis][0]) / (ranges[axis][1] - ranges[axis][0]);
        const [from, to] = [0, 1].map((end) => {
          const corner = [...away] as [number, number, number];
          corner[k] = position;
          corner[other] = end;
          return atCube(corner);
        }) as [Seen, Seen];
        parts.push(`<path d="M${xy(from)}L${xy(to)}" stroke="${look.grid}"/>`);
      }
    }
  }
  const shapes: { depth: number; svg: string }[] = [];
  for (const trace of traces) {
    if (trace.type === 'surface') shapes.push(...surfaceFaces(trace, atPoint));
    else shapes.push(...points(trace, atPoint));
  }
  shapes.sort((a, b) => b.depth - a.depth);
  parts.push(...shapes.map(({ svg }) => svg));

  // Ticks stand at the floor's two near edges and at the upright edge that is farthest left.
  const near: Point = [1 - away[0], 1 - away[1], 1 - away[2]];
  const floor = away[2];
  const center = atCube([0.5, 0.5, floor]);
  const edges: [Axis, (t: number) => Point][] = [
    ['x', (t) => [t, near[1], floor]],
    ['y', (t) => [near[0], t, floor]],
  ];
  const uprights = corners.filter(([x, y, z]) => z === 0 && (x !== away[0] || y !== away[1]));
  const leftmost = uprights.reduce((a, b) => (atCube(b).x < atCube(a).x ? b : a));
  edges.push(['z', (t) => [leftmost[0], leftmost[1], t]]);
  const labels: SceneLabel[] = [];
  for (const [axis, at] of edges) {
    const [low, high] = ranges[axis];
    const middle = atCube(at(0.5));
    const side = axis === 'z' ? { x: -1, y: 0 } : outward(atCube(at(0)), atCube(at(1)), center);
    const anchor = side.x < -0.3 ? 'right' : side.x > 0.3 ? 'left' : 'center';
    const put = (at: { x: number; y: number }, text: string, title: boolean): void => {
      const turned = title && axis === 'z';
      labels.push({
        x: at.x / width,
        y: at.y / height,
        text,
        title,
        turned,
        anchor: turned ? 'center' : anchor,
      });
    };
    for (const t of ticks([low, high])) {
      const p = atCube(at((t - low) / (high - low)));
      put({ x: p.x + 7 * side.x, y: p.y + 10 * side.y }, label(t), false);
    }
    // A title in the direction of its axis would be hard to read: it stands beside it, upright.
    const reach = axis === 'z' ? 46 : 34;
    const { title } = (layout[`${axis}axis`] ?? {}) as { title?: { text?: string } };
    put({ x: middle.x + reach * side.x, y: middle.y + reach * side.y }, title?.text ?? '', true);
  }
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `fill="none">${parts.join('')}</svg>`;
  return { svg, labels };
}

function rangeOf(traces: readonly PlotlyTrace[], axis: Axis): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'number') {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  };
  for (const trace of traces) visit(trace[axis]);
  if (low > high) return [0, 1];
  if (low === high) return [low - 0.5, high + 0.5];
  const flat = traces.every(({ type }) => type === 'surface');
  const margin = flat ? 0 : (high - low) * 0.03;
  return [low - margin, high + margin];
}

/** Perspective from `eye` to the origin, with z up. */
function camera(eye: Point): (point: Point) => Seen {
  const distance = Math.hypot(...eye);
  const [fx, fy, fz] = eye.map((c) => -c / distance) as unknown as Point;
  // right = forward x up, upright = right x forward
  const flat = Math.hypot(fx, fy) || 1e-9;
  const right: Point = [fy / flat, -fx / flat, 0];
  const up: Point = [right[1] * fz, -right[0] * fz, right[0] * fy - right[1] * fx];
  return ([x, y, z]) => {
    const depth = (x - eye[0]) * fx + (y - eye[1]) * fy + (z - eye[2]) * fz;
    return {
      x: (right[0] * x + right[1] * y + right[2] * z) / depth,
      y: -(up[0] * x + up[1] * y + up[2] * z) / depth,
      depth,
    };
  };
}

function surfaceFaces(trace: PlotlyTrace, at: (point: Point) => Seen): { depth: number; svg: string }[] {
  const z = trace.z as (number | null)[][];
  const x = trace.x as number[];
  const y = trace.y as number[];
  const stride = Math.max(1, Math.ceil(Math.sqrt(((x.length - 1) * (y.length - 1)) / MOST_FACES)));
  const columns = steps(x.length, stride);
  const rows = steps(y.length, stride);
  const faces: { depth: number; svg: string }[] = [];
  const heights: number[] = [];
  const corners: Seen[][] = [];
  for (let i = 0; i + 1 < rows.length; i++) {
    for (let j = 0; j + 1 < columns.length; j++) {
      const [r0, r1, c0, c1] = [rows[i]!, rows[i + 1]!, columns[j]!, columns[j + 1]!];
      const four = [
        [r0, c0],
        [r0, c1],
        [r1, c1],
        [r1, c0],
      ] as const;
      const values = four.map(([r, c]) => z[r]![c]);
      if (values.some((value) => typeof value !== 'number')) continue;
      heights.push((values as number[]).reduce((a, b) => a + b, 0) / 4);
      corners.push(four.map(([r, c], k) => at([x[c]!, y[r]!, values[k] as number])));
    }
  }
  const all = z.flat().filter((value) => typeof value === 'number');
  const { colorscale, cmin, cmax } = trace as {
    colorscale?: [number, string][];
    cmin?: number;
    cmax?: number;
  };
  const mid = trace.cmid as number | undefined;
  let low = cmin ?? all.reduce((a, b) => Math.min(a, b), Infinity);
  let high = cmax ?? all.reduce((a, b) => Math.max(a, b), -Infinity);
  if (mid !== undefined && cmin === undefined) {
    const reach = Math.max(high - mid, mid - low);
    [low, high] = [mid - reach, mid + reach];
  }
  const color = colorsOf({ color: heights, ...(colorscale ? { colorscale } : {}), cmin: low, cmax: high });
  corners.forEach((face, i) => {
    const [r, g, b] = color(i);
    const [p, q, , s] = face as [Seen, Seen, Seen, Seen];
    // Light from above left: faces turned away on the screen are a little darker.
    const tilt = Math.abs((q.x - p.x) * (s.y - p.y) - (q.y - p.y) * (s.x - p.x));
    const size = Math.hypot(q.x - p.x, q.y - p.y) * Math.hypot(s.x - p.x, s.y - p.y) || 1;
    const shade = 0.82 + 0.18 * (tilt / size);
    const fill = `rgb(${[r, g, b].map((c) => Math.round(c * shade)).join(',')})`;
    faces.push({
      depth: face.reduce((sum, { depth }) => sum + depth, 0) / 4,
      svg: `<path d="${polygon(face)}" fill="${fill}" stroke="${fill}" stroke-width="0.6"/>`,
    });
  });
  return faces;
}

function points(trace: PlotlyTrace, at: (point: Point) => Seen): { depth: number; svg: string }[] {
  const [x, y, z] = [trace.x, trace.y, trace.z] as (number | null)[][];
  const marker = (trace.marker ?? {}) as Record<string, unknown>;
  const color = colorsOf(marker as never);
  const shapes: { depth: number; svg: string }[] = [];
  x!.forEach((px, i) => {
    const [py, pz] = [y![i], z![i]];
    if (typeof px !== 'number' || typeof py !== 'number' || typeof pz !== 'number') return;
    const seen = at([px, py, pz]);
    const [r, g, b] = color(i);
    const size = Array.isArray(marker.size) ? Number(marker.size[i]) : Number(marker.size ?? 4);
    shapes.push({
      depth: seen.depth,
      svg: `<circle cx="${seen.x.toFixed(1)}" cy="${seen.y.toFixed(1)}" r="${((size * 1.6) / seen.depth + size * 0.2).toFixed(1)}" fill="rgb(${r},${g},${b})" fill-opacity="${marker.opacity ?? 1}"/>`,
    });
  });
  return shapes;
}

function steps(length: number, stride: number): number[] {
  const at: number[] = [];
  for (let i = 0; i < length - 1; i += stride) at.push(i);
  at.push(length - 1);
  return at;
}

/** Four to seven round numbers within a range. */
export function ticks([low, high]: readonly [number, number]): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((size) => size >= rough * 0.999)!;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return found;
}

const label = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−');
const xy = ({ x, y }: Seen): string => `${x.toFixed(1)},${y.toFixed(1)}`;
const polygon = (corners: readonly Seen[]): string => `M${corners.map(xy).join('L')}Z`;

/** The unit vector on the screen that is normal to an edge and points away from `center`. */
function outward(a: Seen, b: Seen, center: Seen): { x: number; y: number } {
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const normal = { x: (b.y - a.y) / length, y: -(b.x - a.x) / length };
  const side = ((a.x + b.x) / 2 - center.x) * normal.x + ((a.y + b.y) / 2 - center.y) * normal.y < 0 ? -1 : 1;
  return { x: side * normal.x, y: side * normal.y };
}
