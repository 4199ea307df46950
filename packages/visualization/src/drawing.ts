/** What is drawn without Plotly: text and shapes, as HTML for pages and as SVG for pictures. */
import { createHash } from 'node:crypto';
import { DISPLAY, type MimeBundle } from './display.ts';
import type { SaveOptions } from './figure.ts';
import { saveAs } from './files.ts';
import { NOTEBOOK_PICTURE, render } from './static/render.ts';
import { AS_TYPED, escapeHtml } from './text.ts';
import { currentTheme, DARK, GRID, INK, MUTED, PANEL, PAPER, type Theme } from './theme.ts';

export interface DrawingOptions {
  title?: string;
  /** In CSS pixels. Default: 700. */
  width?: number;
  /** Default: what `setTheme` set, `'auto'` at first. */
  theme?: Theme;
}

/** Text, or what makes it of a name that is this drawing's own on its page, for the classes of its style. */
export type Named = string | ((name: string) => string);

export interface DrawingParts {
  /** The interactive form, escaped. Default: the picture. */
  html?: Named;
  /** What stands in the picture's `<svg>`, in the colours of light pages, escaped. */
  svg: Named;
  /** Of the picture, in CSS pixels, without the title. */
  width: number;
  height: number;
  /** What is seen, in a sentence. */
  alt: string;
}

const TITLE_HEIGHT = 34;

const FONT = "'Open Sans','Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/** A drawing that shows itself in any notebook front end, and saves itself to files. */
export class Drawing {
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  readonly #title: string | undefined;
  readonly #html: string | undefined;
  readonly #body: string;

  constructor({ html, svg, width, height, alt }: DrawingParts, options: DrawingOptions = {}) {
    const { title, theme = currentTheme() } = options;
    this.#title = title;
    const content = typeof svg === 'string' ? svg : svg('');
    const name = `quire-${createHash('sha256').update(`${title} ${alt} ${content}`).digest('hex').slice(0, 10)}`;
    this.#html = typeof html === 'function' ? html(name) : html;
    this.#body = typeof svg === 'function' ? svg(name) : svg;
    this.alt = title === undefined ? alt : `${title}. ${alt}`;
    this.width = Math.ceil(width);
    this.height = Math.ceil(height) + (title === undefined ? 0 : TITLE_HEIGHT);
    this.theme = theme;
  }

  /** Its picture as a part of another's, without its title. */
  part(): { svg: string; width: number; height: number } {
    return { svg: this.#body, width: this.width, height: this.height };
  }

  /** A static picture. */
  toSvg(): Promise<string> {
    return Promise.resolve(this.#svg(this.theme === 'dark' ? 'dark' : 'light'));
  }

  /** @param options.scale device pixels per CSS pixel. Default: 2. */
  async toPng({ scale = 2 }: SaveOptions = {}): Promise<Uint8Array> {
    return this.#png({ scale });
  }

  async #png(png: { scale: number; limit?: number }): Promise<Uint8Array> {
    return pngOf(await this.toSvg(), this, png);
  }

  /** A page of its own. */
  toHtml(): Promise<string> {
    return Promise.resolve(
      `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
        `<title>${escapeHtml(this.alt)}</title>\n` +
        `<style>:root{color-scheme:light dark}body{margin:16px;font-family:system-ui,sans-serif}</style></head>\n` +
        `<body>\n${this.#page()}\n</body>\n</html>\n`,
    );
  }

  /**
   * Writes the drawing as what the name ends with: `.html`, `.svg` or `.png`.
   * @throws {TypeError} for another ending
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    return saveAs('A drawing', path, {
      '.html': () => this.toHtml(),
      '.svg': () => this.toSvg(),
      '.png': () => this.toPng(options),
    });
  }

  /** HTML and a picture, for each front end what it knows. */
  async [DISPLAY](): Promise<MimeBundle> {
    const png = await this.#png(NOTEBOOK_PICTURE);
    return {
      'text/html': this.#page(),
      'image/png': Buffer.from(png).toString('base64'),
      'text/plain': `<drawing: ${this.alt}>`,
    };
  }

  #page(): string {
    if (this.#html === undefined) {
      const shown = this.theme === 'auto' ? 'page' : this.theme;
      return `<div class="quire-drawing ${AS_TYPED}" style="overflow-x:auto">${this.#svg(shown)}</div>`;
    }
    const dark = this.theme === 'dark';
    const colors =
      this.theme === 'auto'
        ? ''
        : `;padding:12px;color:${dark ? DARK[INK] : INK};background:${dark ? DARK[PAPER] : PAPER}`;
    const title =
      this.#title === undefined
        ? ''
        : `<div style="font-weight:600;margin:2px 0 8px">${escapeHtml(this.#title)}</div>`;
    return (
      `<div class="quire-drawing ${AS_TYPED}" role="figure" aria-label="${escapeHtml(this.alt)}" style="position:relative;font-family:${FONT};` +
      `max-width:${this.width}px${colors}">${title}${this.#html}</div>`
    );
  }

  #svg(page: 'light' | 'dark' | 'page'): string {
    const top = this.#title === undefined ? 0 : TITLE_HEIGHT;
    const title =
      this.#title === undefined
        ? ''
        : `<text x="8" y="22" font-size="16" fill="${INK}">${escapeHtml(drawable(this.#title))}</text>`;
    const paper = page === 'page' ? '' : `<rect width="100%" height="100%" fill="${PAPER}"/>`;
    const inner = `${paper}${title}<g transform="translate(0,${top})">${this.#body}</g>`;
    const colored =
      page === 'light'
        ? inner
        : page === 'page'
          ? onPage(inner)
          : inner.replace(COLORS, (_, name: string, color: string) => `${name}="${DARK[color] ?? color}"`);
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(drawable(this.alt))}" width="${this.width}" height="${this.height}" ` +
      `viewBox="0 0 ${this.width} ${this.height}" font-family="${FONT}" font-size="12">${colored}</svg>`
    );
  }
}

const COLORS = /(fill|stroke)="(#[0-9a-f]{6})"/g;

/** How much of the page's own colour stands for those of text, frames and panels. */
const SHARES: Readonly<Record<string, number>> = { [INK]: 1, [MUTED]: 0.7, [GRID]: 0.15, [PANEL]: 0.06 };

/** An SVG in the colours of the page that it is in, light or dark, which isn't known before. */
export function onPage(svg: string): string {
  return svg.replace(COLORS, (whole, name: string, color: string) => {
    const share = SHARES[color];
    if (share === undefined) return whole;
    return `${name}="currentColor"${share === 1 ? '' : ` ${name}-opacity="${share}"`}`;
  });
}

/** An SVG as a PNG. */
export async function pngOf(
  svg: string,
  { width, height }: { width: number; height: number },
  png: { scale: number; limit?: number },
): Promise<Uint8Array> {
  // resvg knows the attribute only, and browsers the style.
  const plain = svg.replaceAll(PIXELATED_STYLE, '');
  const picture = await render({ figure: { data: [], layout: {} }, width, height, svg: plain, ...png });
  return picture.png!;
}

/** Text without what XML can't hold. */
export function drawable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't hold
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}

/** A line of text in an SVG, escaped. `fit` is how wide it is in pixels, whatever the font. */
export function svgText(
  text: string,
  x: number,
  y: number,
  {
    size = 12,
    color = INK,
    anchor = 'start',
    bold = false,
    fit,
    extra = '',
  }: {
    size?: number;
    color?: string;
    anchor?: 'start' | 'middle' | 'end';
    bold?: boolean;
    fit?: number | undefined;
    extra?: string;
  } = {},
): string {
  return (
    `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}"` +
    (anchor === 'start' ? '' : ` text-anchor="${anchor}"`) +
    (bold ? ' font-weight="600"' : '') +
    (fit === undefined ? '' : ` textLength="${round(fit)}" lengthAdjust="spacingAndGlyphs"`) +
    `${extra} xml:space="preserve">${escapeHtml(drawable(text))}</text>`
  );
}

const PIXELATED_STYLE = ' style="image-rendering:pixelated"';

/** Attributes of an `<image>` whose pixels are to be seen as squares. */
export const PIXELATED = `${PIXELATED_STYLE} image-rendering="optimizeSpeed" preserveAspectRatio="none"`;

/** A coordinate with no more digits than are seen. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
