/** Boxes and arrows, in layers from top to bottom. */
import { Graph, layout } from '@dagrejs/dagre';
import { round, svgText } from '../drawing.ts';
import { textWidth } from '../static/fonts.js';
import { escapeHtml, shorten } from '../text.ts';
import { GRID, INK, LINE, MUTED } from '../theme.ts';

export interface Box {
  id: string;
  title: string;
  /** Smaller, below the title. */
  lines?: readonly string[];
  /** Under the pointer. */
  hint: string;
  /** `#rrggbb` behind the text. */
  fill?: string;
  opacity?: number;
  /** The group that it is in. */
  parent?: string | undefined;
}

export interface Group {
  id: string;
  title: string;
  hint: string;
  parent?: string | undefined;
}

export interface Arrow {
  from: string;
  to: string;
  label?: string;
  /** Whether it only keeps an order, and isn't drawn. */
  isHidden?: boolean;
}

const MOST_TITLE = 34;
const MOST_GROUP_TITLE = 60;
/** Room for a group's title above what is in it. */
const GROUP_HEAD = 13;

/** By dagre (Gansner et al., "A Technique for Drawing Directed Graphs", 1993). */
export function graphSvg(
  boxes: readonly Box[],
  arrows: readonly Arrow[],
  groups: readonly Group[] = [],
): { svg: string; width: number; height: number } {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: 'TB',
    nodesep: 18,
    ranksep: groups.length > 0 ? 30 : 26,
    edgesep: 10,
    marginx: 10,
    marginy: 10 + (groups.length > 0 ? GROUP_HEAD : 0),
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const group of groups) graph.setNode(group.id, {});
  const texts = new Map(
    boxes.map((box) => [box.id, [box.title, ...(box.lines ?? [])].map((text) => shorten(text, MOST_TITLE))]),
  );
  const titles = new Map(groups.map(({ id, title }) => [id, shorten(title, MOST_GROUP_TITLE)]));
  for (const { id, parent } of boxes) {
    const [title, ...lines] = texts.get(id)!;
    // A group is as wide as what is in it.
    const group = textWidth(titles.get(parent ?? '') ?? '', 10);
    // With room for a page's own font, which may be wider.
    const width =
      1.1 * Math.max(textWidth(title!, 12), ...lines.map((line) => textWidth(line, 10)), group, 34) + 16;
    graph.setNode(id, { width, height: 24 + 13 * lines.length });
  }
  for (const { id, parent } of [...groups, ...boxes]) if (parent !== undefined) graph.setParent(id, parent);
  arrows.forEach(({ from, to, label }, i) => {
    const size = label === undefined ? {} : { width: textWidth(label, 10) + 6, height: 12, labelpos: 'c' };
    graph.setEdge(from, to, { ...size }, String(i));
  });
  layout(graph);
  const at = (id: string) => graph.node(id) as { x: number; y: number; width: number; height: number };
  const frame = (id: string, attributes: string, head = 0): string => {
    const { x, y, width, height } = at(id);
    return `<rect x="${round(x - width / 2)}" y="${round(y - height / 2 - head)}" width="${round(width)}" height="${round(height + head)}" rx="5" ${attributes}/>`;
  };
  const depthOf = (group: Group): number => {
    const parent = groups.find(({ id }) => id === group.parent);
    return parent ? 1 + depthOf(parent) : 0;
  };
  // From the outermost inwards, so that inner ones are seen.
  const outer = [...groups]
    .sort((a, b) => depthOf(a) - depthOf(b))
    .map((group) => {
      const { x, y, width, height } = at(group.id);
      return (
        `<g class="group"><title>${escapeHtml(group.hint)}</title>${frame(group.id, `fill="${LINE}" fill-opacity="0.12" stroke="${GRID}"`, GROUP_HEAD)}` +
        `${svgText(titles.get(group.id)!, x - width / 2 + 6, y - height / 2 - 1, { size: 10, color: MUTED })}</g>`
      );
    });
  const heads = groups.map(({ id }): Rectangle => {
    const { x, y, width, height } = at(id);
    const left = x - width / 2 + 4;
    const top = y - height / 2 - 12;
    return { left, top, right: left + textWidth(titles.get(id)!, 10) + 4, bottom: top + 14 };
  });
  const lines = arrows.flatMap(({ from, to, label, isHidden }, i) => {
    if (isHidden) return [];
    const { points, x, y } = graph.edge({ v: from, w: to, name: String(i) }) as {
      points: { x: number; y: number }[];
      x?: number;
      y?: number;
    };
    const path = pathAround(points, heads);
    const [before, end] = [points.at(-2)!, points.at(-1)!];
    const angle = Math.atan2(end.y - before.y, end.x - before.x);
    const wing = (turn: number): string =>
      `L${round(end.x - 7 * Math.cos(angle + turn))} ${round(end.y - 7 * Math.sin(angle + turn))}`;
    const text =
      label === undefined || x === undefined || y === undefined
        ? ''
        : svgText(label, x, y + 3.5, { size: 10, color: MUTED, anchor: 'middle' });
    return [
      `<path class="arrow" d="${path}" fill="none" stroke="${LINE}" stroke-linejoin="round"/>` +
        `<path d="M${round(end.x)} ${round(end.y)}${wing(0.4)}${wing(-0.4)}Z" fill="${LINE}"/>${text}`,
    ];
  });
  const inner = boxes.map(({ id, hint, fill, opacity = 1 }) => {
    const { x, y, height } = at(id);
    const [title, ...rest] = texts.get(id)!;
    const tint = fill === undefined ? '' : frame(id, `fill="${fill}" fill-opacity="${round(opacity)}"`);
    return (
      `<g class="node"><title>${escapeHtml(hint)}</title>${frame(id, `fill="none" pointer-events="all" stroke="${LINE}"`)}${tint}` +
      `${svgText(title!, x, y - height / 2 + 16, { anchor: 'middle', color: INK })}` +
      `${rest.map((line, k) => svgText(line, x, y - height / 2 + 29 + 13 * k, { size: 10, color: MUTED, anchor: 'middle' })).join('')}</g>`
    );
  });
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return { svg: outer.join('') + lines.join('') + inner.join(''), width, height };
}

interface Point {
  x: number;
  y: number;
}

interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A line through points, with gaps where texts are. */
function pathAround(points: readonly Point[], texts: readonly Rectangle[]): string {
  let path = '';
  let end: Point | undefined;
  points.slice(1).forEach((to, k) => {
    const from = points[k]!;
    const at = (t: number): Point => ({ x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) });
    let t = 0;
    for (const [first, last] of crossings(from, to, texts)) {
      if (first > t) line(at(t), at(first));
      t = Math.max(t, last);
    }
    if (t < 1) line(at(t), to);
  });
  function line(from: Point, to: Point): void {
    if (from.x !== end?.x || from.y !== end.y) path += `M${round(from.x)} ${round(from.y)}`;
    path += `L${round(to.x)} ${round(to.y)}`;
    end = to;
  }
  return path;
}

/** The parts of a line, from 0 to 1, that are in rectangles (Liang and Barsky, 1984). */
function crossings(from: Point, to: Point, rectangles: readonly Rectangle[]): [number, number][] {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  return rectangles
    .flatMap(({ left, top, right, bottom }): [number, number][] => {
      let [first, last] = [0, 1];
      for (const [step, room] of [
        [-dx, from.x - left],
        [dx, right - from.x],
        [-dy, from.y - top],
        [dy, bottom - from.y],
      ] as const) {
        if (step === 0) {
          if (room < 0) return [];
        } else if (step < 0) first = Math.max(first, room / step);
        else last = Math.min(last, room / step);
      }
      return first < last ? [[first, last]] : [];
    })
    .sort((a, b) => a[0] - b[0]);
}
