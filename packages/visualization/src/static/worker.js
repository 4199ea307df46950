/** The thread that draws static pictures: plotly.js in a document of its own, and SVG to PNG by resvg. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { Resvg } from '@resvg/resvg-js';
import { encodePng } from './canvas.js';
import { createWindow } from './dom.js';
import { FONT_FILES, isCovered } from './fonts.js';

/** @typedef {import('./render.ts').RenderRequest} RenderRequest */
/** @typedef {import('./render.ts').RenderAnswer} RenderAnswer */

const require = createRequire(import.meta.url);

/** @type {{ Plotly: any, document: any } | undefined} */
let loaded;

function load() {
  if (loaded) return loaded;
  const window = createWindow();
  const path = require.resolve('plotly.js-dist-min');
  const names = Object.keys(window);
  const factory = vm.compileFunction(readFileSync(path, 'utf8'), ['module', 'exports', 'define', ...names], {
    filename: path,
  });
  const module = { exports: /** @type {any} */ ({}) };
  factory.call(window, module, module.exports, undefined, ...names.map((name) => window[name]));
  // Its warnings are no output of a cell.
  module.exports.setPlotConfig({ logging: 0 });
  loaded = { Plotly: module.exports, document: window.document };
  return loaded;
}

/** Plotly draws the names of clip paths by lot; the same figure is to be the same file. */
function seedRandom() {
  let state = 1;
  Math.random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {RenderRequest} request */
async function drawSvg({ figure, width, height }) {
  const { Plotly, document } = load();
  const { data, layout } = figure;
  seedRandom();
  const element = document.createElement('div');
  document.body.append(element);
  try {
    const config = { staticPlot: true, typesetMath: false };
    const fixed = { ...layout, width, height, autosize: false };
    await Plotly.newPlot(element, data, fixed, config);
    return cleaned(Plotly.Snapshot.toSVG(element, 'svg'));
  } finally {
    Plotly.purge(element);
    element.remove();
  }
}

const NEEDLESS = /^(?:shape-rendering|pointer-events|user-select|cursor|white-space|vector-effect):|:$/;

/** Without what only a live plot needs, and with Plotly's stand-ins for quotes put right. @param {string} svg */
function cleaned(svg) {
  return svg
    .replace(/ style="([^"]*)"/g, (_, /** @type {string} */ style) => {
      const kept = style.split(';').filter((part) => part !== '' && !NEEDLESS.test(part.trim()));
      return kept.length > 0 ? ` style="${kept.join(';').replace(/TOBESTRIPPED/g, "'")}"` : '';
    })
    .replace(/ class=""/g, '')
    .replace(/<g class="[^"]*"(?: ?\/>|><\/g>)/g, '')
    .replace(/<path d="M0,0"[^>]*\/>/g, '')
    .replace(/ (?:d|transform|x|y|width|height)="[^"]*"/g, (attribute) =>
      attribute.replace(/(\.\d\d)\d+/g, '$1'),
    );
}

/** Colours of pictures in notebooks: more aren't told apart in a chart, and cost a sixth of its bytes. */
const NOTEBOOK_COLORS = 96;

/**
 * @param {string} svg
 * @param {number} scale
 * @param {number} colors
 * @param {number} level of compression; the last ones take long for pictures of noise
 */
function toPng(svg, scale, colors, level = 8) {
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: {
      fontFiles: FONT_FILES,
      // Finding the system's fonts takes longer than drawing: only for what Open Sans lacks.
      loadSystemFonts: !isCovered(svg),
      defaultFontFamily: 'Open Sans',
      sansSerifFamily: 'Open Sans',
    },
  }).render();
  return encodePng(image.pixels, image.width, image.height, colors, level);
}

/** The bytes of the pictures in an SVG. @param {string} svg */
function pixelBytes(svg) {
  let length = 0;
  for (const [, data = ''] of svg.matchAll(/data:image\/png;base64,([A-Za-z0-9+/]*)/g)) length += data.length;
  return 0.75 * length;
}

parentPort?.on('message', async (/** @type {RenderRequest} */ request) => {
  /** @type {RenderAnswer} */
  let answer;
  try {
    const svg = request.svg ?? (await drawSvg(request));
    const { scale, limit } = request;
    const colors = limit === undefined ? 256 : NOTEBOOK_COLORS;
    if (scale !== undefined && limit !== undefined && pixelBytes(svg) > 1.5 * limit) {
      // It would have more bytes than the limit: a picture is in it that has.
      const only = toPng(svg, 1, colors, 6);
      parentPort?.postMessage({ id: request.id, svg, png: only, small: only });
      return;
    }
    const large = scale === undefined ? undefined : toPng(svg, scale, colors);
    // Not drawn where the page takes the SVG anyway.
    const needless = !large || limit === undefined || (large.length <= limit && svg.length <= large.length);
    const small = needless ? undefined : toPng(svg, 1, colors);
    const png = small && limit !== undefined && large && large.length > limit ? small : large;
    answer = { id: request.id, svg, png, small };
  } catch (error) {
    answer = {
      id: request.id,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  parentPort?.postMessage(answer);
});
