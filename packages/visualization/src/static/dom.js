/**
 * A document without a browser in which plotly.js draws SVG: linkedom's, with the sizes of text, shapes and paths that
 * a browser would measure, and a canvas for heat maps. Nothing of it reaches this thread's globals.
 */
import { parseHTML } from 'linkedom';
import { Context } from './canvas.js';
import { textWidth } from './fonts.js';
import { pathPoints, pointAt, polyline } from './path.js';

/** Of Open Sans, in em. */
const ASCENT = 1.069;
const DESCENT = 0.293;
const LINE_HEIGHT = 1.3;

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/**
 * As much of linkedom's elements as is used here.
 * @typedef {{
 *   tagName: string, textContent: string, parentNode: Node | null, children: Iterable<Node>, childNodes: Iterable<Node>,
 *   nodeType: number, getAttribute(name: string): string | null, style?: Record<string, string>, isConnected: boolean
 * }} Node
 */

/** @param {Box[]} boxes @returns {Box} */
function union(boxes) {
  const seen = boxes.filter((box) => box.width > 0 || box.height > 0);
  if (seen.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.min(...seen.map((box) => box.x));
  const y = Math.min(...seen.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...seen.map((box) => box.x + box.width)) - x,
    height: Math.max(...seen.map((box) => box.y + box.height)) - y,
  };
}

/** @param {Node | null} node @param {string} property @returns {string | undefined} inherited */
function styleOf(node, property) {
  for (let at = node; at && at.nodeType === 1; at = at.parentNode) {
    const value = at.style?.[property] || at.getAttribute(property);
    if (value) return value;
  }
  return undefined;
}

/** @param {Node} node @param {string} name */
const numberOf = (node, name) => Number.parseFloat(node.getAttribute(name) ?? '') || 0;

/** @param {Node} text */
function fontOf(text) {
  const size = Number.parseFloat(styleOf(text, 'font-size') ?? '') || 12;
  const weight = styleOf(text, 'font-weight') ?? 'normal';
  return { size, bold: weight === 'bold' || Number(weight) >= 600 };
}

/** @param {Node} text @returns {Box} */
function textBox(text) {
  const { size, bold } = fontOf(text);
  const lines = [...text.children].filter((child) => /\bline\b/.test(child.getAttribute('class') ?? ''));
  const texts = (lines.length > 0 ? lines : [text]).map((line) => line.textContent ?? '');
  const width = Math.max(...texts.map((line) => textWidth(line, size, bold)));
  const anchor = styleOf(text, 'text-anchor') ?? 'start';
  const first = lines[0];
  const x = numberOf(first?.getAttribute('x') ? first : text, 'x');
  const dy = text.getAttribute('dy') ?? '';
  const shift = dy.endsWith('em') ? Number.parseFloat(dy) * size : Number.parseFloat(dy) || 0;
  if (texts.every((line) => line === '')) return { x, y: 0, width: 0, height: 0 };
  return {
    x: x - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0),
    y: numberOf(text, 'y') + shift - ASCENT * size,
    width,
    height: (ASCENT + DESCENT + LINE_HEIGHT * (texts.length - 1)) * size,
  };
}

/** @param {[number, number][]} points @returns {Box} */
function pointsBox(points) {
  if (points.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  let [left, top] = /** @type {[number, number]} */ (points[0]);
  let right = left;
  let bottom = top;
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The box that an element takes in its parent: its own, moved and turned. @param {Node} node @returns {Box} */
function outerBox(node) {
  const box = boxOf(node);
  /** @type {[number, number][]} */
  let corners = [
    [box.x, box.y],
    [box.x + box.width, box.y],
    [box.x, box.y + box.height],
    [box.x + box.width, box.y + box.height],
  ];
  const steps = [...(node.getAttribute('transform') ?? '').matchAll(/(translate|rotate|scale)\(([^)]*)\)/g)];
  for (const [, kind, list = ''] of steps.reverse()) {
    const [a = 0, b = 0, c = 0] = list.split(/[\s,]+/).map(Number);
    corners = corners.map(([x, y]) => {
      if (kind === 'translate') return [x + a, y + b];
      if (kind === 'scale') return [x * a, y * (b || a)];
      const [sin, cos] = [Math.sin((a * Math.PI) / 180), Math.cos((a * Math.PI) / 180)];
      return [b + (x - b) * cos - (y - c) * sin, c + (x - b) * sin + (y - c) * cos];
    });
  }
  return pointsBox(corners);
}

/** The box that an element takes, without its own transform. @param {Node} node @returns {Box} */
function boxOf(node) {
  switch (node.tagName.toLowerCase()) {
    case 'text':
    case 'tspan':
      return textBox(node);
    case 'rect':
    case 'image':
      return {
        x: numberOf(node, 'x'),
        y: numberOf(node, 'y'),
        width: numberOf(node, 'width'),
        height: numberOf(node, 'height'),
      };
    case 'circle': {
      const r = numberOf(node, 'r');
      return { x: numberOf(node, 'cx') - r, y: numberOf(node, 'cy') - r, width: 2 * r, height: 2 * r };
    }
    case 'path':
      return pointsBox(pathPoints(node.getAttribute('d') ?? ''));
    case 'g':
    case 'a':
    case 'svg':
      return union([...node.children].map(outerBox));
    default:
      return { x: 0, y: 0, width: 0, height: 0 };
  }
}

/** @param {object} prototype @param {Record<string, Function>} methods */
function extend(prototype, methods) {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
}

/** A new document, and the globals that plotly.js takes. */
export function createWindow() {
  const window = /** @type {any} */ (parseHTML('<!doctype html><html><head></head><body></body></html>'));
  const { document } = window;
  const rectangle = /** @this {Node} */ function () {
    const { x, y, width, height } = boxOf(this);
    return { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
  };
  extend(window.Element.prototype, { getBoundingClientRect: rectangle });
  extend(window.SVGElement.prototype, {
    getBBox: rectangle,
    getBoundingClientRect: rectangle,
    getComputedTextLength: /** @this {Node} */ function () {
      return textBox(this).width;
    },
    getTotalLength: /** @this {Node} */ function () {
      return polyline(this.getAttribute('d') ?? '').lengths.at(-1) ?? 0;
    },
    getPointAtLength: /** @this {Node} */ function (/** @type {number} */ length) {
      return pointAt(polyline(this.getAttribute('d') ?? ''), length);
    },
    getScreenCTM: () => null,
  });
  // As in SVG, not in capitals as in HTML: Plotly compares it.
  Object.defineProperty(window.SVGElement.prototype, 'nodeName', {
    get: /** @this {{ localName: string }} */ function () {
      return this.localName;
    },
  });
  const createElement = document.createElement.bind(document);
  document.createElement = (/** @type {string} */ name, /** @type {unknown[]} */ ...rest) => {
    const element = createElement(name, ...rest);
    if (name.toLowerCase() !== 'canvas') return element;
    /** @type {Context | undefined} */
    let context;
    const size = { width: 300, height: 150 };
    for (const side of /** @type {const} */ (['width', 'height'])) {
      Object.defineProperty(element, side, {
        get: () => size[side],
        set: (value) => {
          size[side] = Math.max(0, Math.floor(Number(value)));
          context?.size();
        },
      });
    }
    element.getContext = (/** @type {string} */ kind) => {
      if (kind !== '2d') return null;
      context ??= new Context(size);
      return context;
    };
    element.toDataURL = () => {
      context ??= new Context(size);
      return context.toDataURL();
    };
    return element;
  };
  const getComputedStyle = (/** @type {any} */ element) => ({
    getPropertyValue: (/** @type {string} */ name) => element.style?.[name] ?? '',
    fontSize: '12px',
    width: '0px',
    height: '0px',
    display: 'block',
  });
  const names = {
    document,
    navigator: { userAgent: 'node', platform: '' },
    location: { href: 'http://localhost/', protocol: 'http:', origin: 'http://localhost' },
    getComputedStyle,
    requestAnimationFrame: (/** @type {() => void} */ done) => setTimeout(done, 0),
    cancelAnimationFrame: clearTimeout,
    matchMedia: () => ({ matches: false, addListener() {}, removeListener() {} }),
    addEventListener() {},
    removeEventListener() {},
    HTMLElement: window.HTMLElement,
    SVGElement: window.SVGElement,
    Element: window.Element,
    Node: window.Node,
    Event: window.Event,
    CustomEvent: window.CustomEvent,
    DOMParser: window.DOMParser,
    XMLSerializer: class {
      serializeToString(/** @type {unknown} */ node) {
        return String(node);
      }
    },
    devicePixelRatio: 1,
    setTimeout,
    clearTimeout,
    performance,
  };
  const globals = /** @type {Record<string, any>} */ ({ ...names });
  globals.window = globals;
  globals.self = globals;
  Object.defineProperty(document, 'defaultView', { value: globals });
  return globals;
}
