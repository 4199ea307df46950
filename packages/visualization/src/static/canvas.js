/** As much of a 2-D canvas as Plotly's heat maps and pictures need: filled rectangles, image data, and PNG out. */
import { deflateSync } from 'node:zlib';

/** @typedef {[number, number, number, number]} Rgba */

/** @type {Uint32Array | undefined} */
let crcTable;

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = /** @type {number} */ (crcTable[(crc ^ byte) & 255]) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * @param {string} type
 * @param {Uint8Array} data
 */
function chunk(type, data) {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A PNG file of RGBA pixels: https://www.w3.org/TR/png-3/. With at most 256 colours it has a palette; with more than
 * `most`, colours are made coarser until they are `most`, so that a chart's antialiased lines stay small.
 * @param {Uint8Array | Uint8ClampedArray} pixels width x height x 4
 * @param {number} width
 * @param {number} height
 * @param {number} most at most 256; without it, colours stay as they are
 * @param {number} level of compression, from 1 to 9
 */
export function encodePng(pixels, width, height, most = Infinity, level = 8) {
  const indexed = toPalette(pixels, most);
  const channels = indexed ? 1 : 4;
  const source = indexed ? indexed.indices : pixels;
  const rows = Buffer.alloc(height * (1 + width * channels));
  for (let y = 0; y < height; y++) {
    // The first byte of a row names its filter: none.
    rows.set(
      source.subarray(y * width * channels, (y + 1) * width * channels),
      y * (1 + width * channels) + 1,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, indexed ? 3 : 6, 0, 0, 0], 8);
  const parts = [SIGNATURE, chunk('IHDR', header)];
  if (indexed) parts.push(chunk('PLTE', indexed.rgb), chunk('tRNS', indexed.alpha));
  parts.push(chunk('IDAT', deflateSync(rows, { level })), chunk('IEND', Buffer.alloc(0)));
  return Buffer.concat(parts);
}

/**
 * @param {Uint8Array | Uint8ClampedArray} pixels
 * @param {number} most
 */
function toPalette(pixels, most) {
  const words = new Uint32Array(pixels.length / 4);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(pixels);
  /** @type {Map<number, number>} colour to its number of pixels */
  const counts = new Map();
  // Most pixels are like the one before: the map is asked once for each run of them.
  for (let start = 0; start < words.length; ) {
    const word = /** @type {number} */ (words[start]);
    let end = start + 1;
    while (words[end] === word) end++;
    counts.set(word, (counts.get(word) ?? 0) + end - start);
    start = end;
  }
  /** @type {Map<number, number>} colour to its place in the palette */
  const places = new Map();
  /** @type {number[]} */
  let palette = [...counts.keys()];
  if (palette.length > Math.min(most, 256)) {
    if (most === Infinity) return undefined;
    palette = reduce(counts, places, palette.length > PHOTOGRAPH ? 256 : most);
  } else for (const [i, color] of palette.entries()) places.set(color, i);
  const indices = new Uint8Array(words.length);
  let before = -1;
  let place = 0;
  for (let i = 0; i < words.length; i++) {
    const word = /** @type {number} */ (words[i]);
    if (word !== before) {
      place = /** @type {number} */ (places.get(word));
      before = word;
    }
    indices[i] = place;
  }
  const rgb = Buffer.alloc(palette.length * 3);
  const alpha = Buffer.alloc(palette.length);
  palette.forEach((color, i) => {
    rgb.set([color & 255, (color >>> 8) & 255, (color >>> 16) & 255], 3 * i);
    alpha[i] = color >>> 24;
  });
  return { indices, rgb, alpha };
}

/** Of so many colours there is a palette of 256: a photograph, which fewer would leave with bands. */
const PHOTOGRAPH = 8192;

/**
 * Median cut (Heckbert, 1982): the box of colours with the largest spread is halved until there are `most`.
 * @param {Map<number, number>} counts
 * @param {Map<number, number>} places
 * @param {number} most
 * @returns {number[]} the palette
 */
function reduce(counts, places, most) {
  /** @typedef {{ colors: number[], channel: number, spread: number, pixels: number }} Box */
  /** @param {number[]} colors @returns {Box} */
  const box = (colors) => {
    let channel = 0;
    let spread = -1;
    for (let c = 0; c < 4; c++) {
      let low = 255;
      let high = 0;
      for (const color of colors) {
        const value = (color >>> (8 * c)) & 255;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (high - low > spread) {
        spread = high - low;
        channel = c;
      }
    }
    let pixels = 0;
    for (const color of colors) pixels += counts.get(color) ?? 0;
    return { colors, channel, spread, pixels };
  };
  // Colours beyond these are too many to be told apart anyway, and sorting them takes long.
  let all = [...counts.keys()];
  /** @type {Map<number, number[]> | undefined} */
  let merged;
  if (all.length > PHOTOGRAPH) {
    merged = new Map();
    for (const color of all) {
      const coarse = (color & 0xf8f8f8f8) >>> 0;
      const list = merged.get(coarse);
      if (list) list.push(color);
      else merged.set(coarse, [color]);
    }
    all = [...merged.values()].map((list) => /** @type {number} */ (list[0]));
  }
  const boxes = [box(all)];
  while (boxes.length < most) {
    let best = -1;
    let score = 0;
    boxes.forEach((b, i) => {
      const s = b.spread * Math.sqrt(b.pixels);
      if (b.colors.length > 1 && s > score) {
        score = s;
        best = i;
      }
    });
    const chosen = boxes[best];
    if (!chosen) break;
    const shift = 8 * chosen.channel;
    const sorted = chosen.colors.sort((a, b) => ((a >>> shift) & 255) - ((b >>> shift) & 255));
    const half = sorted.length >> 1;
    boxes[best] = box(sorted.slice(0, half));
    boxes.push(box(sorted.slice(half)));
  }
  return boxes.map(({ colors, pixels }, place) => {
    const sums = [0, 0, 0, 0];
    for (const color of colors) {
      const n = counts.get(color) ?? 0;
      for (let c = 0; c < 4; c++) sums[c] = /** @type {number} */ (sums[c]) + n * ((color >>> (8 * c)) & 255);
      for (const same of merged?.get((color & 0xf8f8f8f8) >>> 0) ?? [color]) places.set(same, place);
    }
    // The most common colour of a box that has a clear one stays exact: backgrounds and lines.
    const common = colors.find((color) => (counts.get(color) ?? 0) > pixels / 2);
    if (common !== undefined) return common;
    const [r = 0, g = 0, b = 0, a = 0] = sums.map((sum) => Math.round(sum / pixels));
    return (r | (g << 8) | (b << 16) | (a << 24)) >>> 0;
  });
}

/** @param {string} text a CSS colour as Plotly writes it @returns {Rgba} */
export function parseColor(text) {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text.trim())?.[1];
  if (hex) {
    const full = hex.length < 6 ? [...hex].map((c) => c + c).join('') : hex;
    const at = (/** @type {number} */ i) => Number.parseInt(full.slice(i, i + 2) || 'ff', 16);
    return [at(0), at(2), at(4), at(6)];
  }
  const numbers = (text.match(/[\d.]+/g) ?? []).map(Number);
  const [r = 0, g = 0, b = 0, a = 1] = numbers;
  return [r, g, b, Math.round(a * 255)];
}

/** What `document.createElement('canvas')` answers with, in as far as Plotly draws on it. */
export class Context {
  /** @param {{ width: number, height: number }} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.fillStyle = '#000';
    this.font = '10px sans-serif';
    this.pixels = new Uint8ClampedArray(0);
    this.size();
  }

  /** Follows the canvas's size, as setting it clears the real one. */
  size() {
    const needed = this.canvas.width * this.canvas.height * 4;
    if (this.pixels.length !== needed) this.pixels = new Uint8ClampedArray(needed);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.size();
    const color = parseColor(String(this.fillStyle));
    const { width: columns, height: rows } = this.canvas;
    const left = Math.max(0, Math.round(Math.min(x, x + width)));
    const right = Math.min(columns, Math.round(Math.max(x, x + width)));
    const top = Math.max(0, Math.round(Math.min(y, y + height)));
    const bottom = Math.min(rows, Math.round(Math.max(y, y + height)));
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) this.pixels.set(color, 4 * (row * columns + column));
    }
  }

  /** @param {number} width @param {number} height */
  createImageData(width, height) {
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  /** @param {{ width: number, height: number, data: Uint8ClampedArray }} image @param {number} x @param {number} y */
  putImageData(image, x, y) {
    this.size();
    for (let row = 0; row < image.height; row++) {
      const from = image.data.subarray(4 * row * image.width, 4 * (row + 1) * image.width);
      this.pixels.set(from, 4 * ((row + y) * this.canvas.width + x));
    }
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  clearRect(x, y, width, height) {
    const before = this.fillStyle;
    this.fillStyle = 'rgba(0,0,0,0)';
    this.fillRect(x, y, width, height);
    this.fillStyle = before;
  }

  toDataURL() {
    this.size();
    const png = encodePng(this.pixels, this.canvas.width, this.canvas.height);
    return `data:image/png;base64,${png.toString('base64')}`;
  }
}
