/** Figures as HTML: an output of a notebook, and a page of its own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { DISPLAY, type Displayable, type MimeBundle } from '../display.ts';
import type { PlotlyFigure } from '../plotly.ts';
import { AS_TYPED, escapeHtml } from '../text.ts';
import { DARK, type Theme } from '../theme.ts';

/** Figures that are replaced while one looks are plain, which a page reads at once, unless they are larger than this. */
const MAX_PLAIN = 24_000;

let runtimeText: string | undefined;

/** The script that draws, without its comments and indentation. */
function runtime(): string {
  runtimeText ??= readFileSync(new URL('./runtime.js', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//') && line !== 'export {};')
    .join('\n');
  return runtimeText;
}

/** JSON that can stand in a script: nothing in it ends the element. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}

const packed = (text: string | Uint8Array): string => gzipSync(text, { level: 9 }).toString('base64');

/** Draws what was compressed with the script that draws it: `host`, and base64 of gzipped `[script, ...given]`. */
const UNPACK =
  '((host, text) => new Response(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]).stream()' +
  ".pipeThrough(new DecompressionStream('gzip'))).json()" +
  ".then(([script, ...given]) => new Function('host', 'figure', 'theme', 'dark', script)(host, ...given))" +
  ".catch((error) => console.warn('The figure stays a picture:', error)))";

export interface StillPicture {
  /** `image/svg+xml` or `image/png`, and the data URL's content. */
  type: string;
  base64: string;
}

/** An SVG of plotly.js without what only its interactive form needs: names for scripts and styles, and empty groups. */
export function compact(svg: string): string {
  let small = svg.replace(/<[a-z][^<>]*>/gi, (tag) =>
    tag
      .replace(/ (?:class|data-[\w-]+)="[^"]*"/g, '')
      .replace(/(?:pointer-events|cursor|vector-effect): ?[\w-]+;? ?/g, '')
      .replace(/ style=""/g, ''),
  );
  for (let before = ''; before !== small; ) {
    before = small;
    small = small.replace(/<g(?: [^<>]*)?(?:\/>|><\/g>)/g, '');
  }
  return small;
}

/** Of a figure's static pictures that for a page: the smaller one; SVG is sharp at any size. */
export function pagePicture(svg: string, png: Uint8Array | undefined): StillPicture {
  const bytes = Buffer.from(compact(svg));
  return !png || bytes.length <= png.length
    ? { type: 'image/svg+xml', base64: bytes.toString('base64') }
    : { type: 'image/png', base64: Buffer.from(png).toString('base64') };
}

/**
 * A figure as an output's HTML: its static picture, and a script that puts the interactive figure in its place where
 * it may run and finds plotly.js. It looks for that once per page: on the page itself ({@link embedPlotly}, or
 * `window.Plotly`), then where Jupyter serves the kernel's resources.
 */
export function figureHtml(
  figure: PlotlyFigure,
  {
    alt,
    width,
    height,
    theme,
    picture,
  }: {
    alt: string;
    width: number;
    height: number;
    theme: Theme;
    picture: StillPicture | undefined;
  },
): string {
  const source = picture ? ` src="data:${picture.type};base64,${picture.base64}"` : '';
  const host = 'document.currentScript.previousElementSibling';
  let script: string;
  if (picture) {
    // A notebook keeps it: the script is compressed too.
    script = `${UNPACK}(${host}, "${packed(JSON.stringify([runtime(), figure, theme, DARK]))}")`;
  } else {
    const json = JSON.stringify(figure);
    const given = json.length > MAX_PLAIN ? JSON.stringify(packed(json)) : scriptJson(figure);
    script =
      `((host, figure, theme, dark) => {\n${runtime()}\n})(${host}, ${given}, ` +
      `${scriptJson(theme)}, ${scriptJson(DARK)})`;
  }
  return (
    `<div class="${AS_TYPED}" style="min-height:${height}px"><img alt="${escapeHtml(alt)}" width="${width}" height="${height}"` +
    ` style="max-width:100%;height:auto"${source}></div><script>${script}</script>`
  );
}

let library: string | undefined;

/** plotly.js, compressed, as an element that figures on the same page find. */
export function libraryElement(): string {
  library ??= packed(readFileSync(createRequire(import.meta.url).resolve('plotly.js-dist-min')));
  return `<script type="text/plain" class="quire-plotly">${library}</script>`;
}

/**
 * plotly.js as an output of its own (2 MB), so that figures are interactive wherever the notebook is opened, exported
 * pages included, and without a network. Where Jupyter serves the kernel, figures are interactive without it.
 */
export function embedPlotly(): Displayable {
  return {
    [DISPLAY](): MimeBundle {
      return { 'text/html': libraryElement(), 'text/plain': '<plotly.js, for the figures of this page>' };
    },
  };
}

/** A page that shows one figure and needs nothing else. */
export function pageHtml(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>:root{color-scheme:light dark}body{margin:16px;font-family:system-ui,sans-serif}</style></head>
<body>
${libraryElement()}
${body}
</body>
</html>
`;
}
