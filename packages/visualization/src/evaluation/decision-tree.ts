/** A decision tree, and the path of an example through it. */
import { isList, named } from '../data.ts';
import { Drawing, type DrawingOptions, drawable, round, svgText } from '../drawing.ts';
import { isBright } from '../heatmap.ts';
import { BLUES, colorAt, seriesColor } from '../palettes.ts';
import { escapeHtml, readable, shorten } from '../text.ts';
import { INK, LINE, MUTED, PANEL } from '../theme.ts';

/** A node that asks whether `feature` is at most `threshold`, or a leaf. */
export interface DecisionTreeNode {
  /** What is asked for; a node without it is a leaf. */
  readonly feature?: string;
  readonly threshold?: number;
  /** Where the answer is yes. */
  readonly left?: DecisionTreeNode;
  /** Where it is no. */
  readonly right?: DecisionTreeNode;
  /** What is decided here: a class, or a number. */
  readonly value?: string | number;
  /** How many examples came here. */
  readonly count?: number;
  /** From 0 to 1, how sure the decision is: the fuller the colour. */
  readonly share?: number;
}

export interface DecisionTreeOptions extends DrawingOptions {
  /** An example by feature, whose path is drawn strongly. */
  example?: Readonly<Record<string, number>>;
}

const [BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y] = [118, 44, 14, 38];
const MOST_NODES = 511;
const PATH_COLOR = seriesColor(1);

interface Placed {
  node: DecisionTreeNode;
  x: number;
  depth: number;
  on: boolean;
  children: [Placed, Placed] | undefined;
}

/**
 * A decision tree from its root down, at each node what it asks and how many examples came there:
 * `decisionTree(root, { example: { age: 34, income: 2100 } })` shows the example's path.
 * @throws {TypeError} when a node that asks lacks a threshold or one of its two sides
 * @throws {RangeError} when the tree has more than 511 nodes, or the example lacks a feature that its path asks for
 */
export function decisionTree(root: DecisionTreeNode, options: DecisionTreeOptions = {}): Drawing {
  const what = 'decisionTree';
  const { example } = options;
  let [nodes, leaves, deepest] = [0, 0, 0];
  const told: string[] = [];
  const place = (node: DecisionTreeNode, depth: number, on: boolean, where: string): Placed => {
    if (typeof node !== 'object' || node === null || isList(node)) {
      throw new TypeError(`${what}: ${where} has to be a node, not ${named(node)}.`);
    }
    if (++nodes > MOST_NODES) {
      throw new RangeError(
        `${what}: the tree has more than ${MOST_NODES} nodes; prune it, or draw a part of it.`,
      );
    }
    deepest = Math.max(deepest, depth);
    const { feature, threshold, left, right, share } = node;
    if (share !== undefined && !(share >= 0 && share <= 1)) {
      throw new RangeError(`${what}: share of ${where} has to be from 0 to 1, not ${share}.`);
    }
    if (feature === undefined) {
      const x = leaves++ * (BOX_WIDTH + GAP_X);
      if (on && example) told.push(`decided: ${write(node.value)}`);
      return { node, x, depth, on, children: undefined };
    }
    if (typeof threshold !== 'number' || !Number.isFinite(threshold) || !left || !right) {
      throw new TypeError(
        `${what}: ${where} asks for ${named(feature)} and needs threshold, left and right.`,
      );
    }
    let isLeft: boolean | undefined;
    if (on && example) {
      const value = example[feature];
      if (typeof value !== 'number' || Number.isNaN(value)) {
        throw new RangeError(
          `${what}: the example has no number for ${named(feature)}, which its path asks for.`,
        );
      }
      isLeft = value <= threshold;
      told.push(`${feature} = ${readable(value)} ${isLeft ? '≤' : '>'} ${readable(threshold)}`);
    }
    const children: [Placed, Placed] = [
      place(left, depth + 1, isLeft === true, `${where}.left`),
      place(right, depth + 1, isLeft === false, `${where}.right`),
    ];
    return { node, x: (children[0].x + children[1].x) / 2, depth, on, children };
  };
  const top = place(root, 0, example !== undefined, 'the root');
  const lines: string[] = [];
  const boxes: string[] = [];
  const draw = ({ node, x, depth, on, children }: Placed): void => {
    const left = x + 8;
    const y = 8 + depth * (BOX_HEIGHT + GAP_Y);
    const middle = left + BOX_WIDTH / 2;
    children?.forEach((child, i) => {
      const [cx, cy] = [child.x + 8 + BOX_WIDTH / 2, y + BOX_HEIGHT + GAP_Y];
      const color = child.on ? PATH_COLOR : LINE;
      const bend = y + BOX_HEIGHT + GAP_Y / 2;
      const path = `<path d="M${round(middle)} ${y + BOX_HEIGHT}V${bend}H${round(cx)}V${cy}" fill="none" stroke="${color}" stroke-width="${child.on ? 2.5 : 1}"/>`;
      const answer = svgText(i === 0 ? 'yes' : 'no', cx + (i === 0 ? 5 : -5), bend + 13, {
        size: 10,
        color: child.on ? PATH_COLOR : MUTED,
        anchor: i === 0 ? 'start' : 'end',
      });
      // The path lies over the lines of the others.
      if (child.on) lines.push(path, answer);
      else lines.unshift(path, answer);
      draw(child);
    });
    const isLeaf = children === undefined;
    const fill = isLeaf && node.share !== undefined ? colorAt(BLUES, 0.08 + 0.6 * node.share) : PANEL;
    // A leaf's colour is the same on light and dark pages, and so is its text.
    const ink = fill === PANEL ? INK : isBright(fill) ? '#111111' : '#fafafa';
    const head = isLeaf ? write(node.value) : `${node.feature} ≤ ${readable(node.threshold!)}`;
    const notes = [
      ...(node.count === undefined ? [] : [`n = ${readable(node.count)}`]),
      ...(isLeaf
        ? node.share === undefined
          ? []
          : [`${(100 * node.share).toFixed(0)}%`]
        : node.value === undefined
          ? []
          : [write(node.value)]),
    ];
    boxes.push(
      `<g class="quire-node"><title>${escapeHtml(drawable([head, ...notes].join(', ')))}</title>` +
        `<rect x="${round(left)}" y="${y}" width="${BOX_WIDTH}" height="${BOX_HEIGHT}" rx="${isLeaf ? 10 : 3}" fill="${fill}" ` +
        `stroke="${on ? PATH_COLOR : LINE}" stroke-width="${on ? 2.5 : 1}"/>` +
        svgText(shorten(head, 19), middle, y + (notes.length > 0 ? 18 : 26), {
          anchor: 'middle',
          bold: isLeaf,
          color: ink,
        }) +
        (notes.length > 0
          ? svgText(shorten(notes.join(', '), 20), middle, y + 34, {
              anchor: 'middle',
              size: 11,
              color: fill === PANEL ? MUTED : ink,
            })
          : '') +
        '</g>',
    );
  };
  draw(top);
  return new Drawing(
    {
      svg: lines.join('') + boxes.join(''),
      width: leaves * (BOX_WIDTH + GAP_X) + 2,
      height: (deepest + 1) * (BOX_HEIGHT + GAP_Y) - GAP_Y + 16,
      alt:
        `Decision tree of depth ${deepest} with ${leaves} leaves` +
        (told.length > 0 ? `; the path: ${told.join(', ')}.` : '.'),
    },
    options,
  );
}

function write(value: string | number | undefined): string {
  return value === undefined ? '?' : typeof value === 'number' ? readable(value) : value;
}
