/** Figures and drawings below each other, each under a heading that opens and closes it. */
import { DISPLAY, type MimeBundle } from './display.ts';
import { type Drawing, pngOf, svgText } from './drawing.ts';
import { Figure, type SaveOptions } from './figure.ts';
import { saveAs } from './files.ts';
import { pageHtml } from './page/html.ts';
import { NOTEBOOK_PICTURE } from './static/render.ts';
import { AS_TYPED, escapeHtml, OWN_KEYS } from './text.ts';
import { DARK, INK, MUTED, PAPER, type Theme } from './theme.ts';

export interface Panel {
  readonly title: string;
  readonly content: Figure | Drawing;
  /** Whether it is open at first; pictures show the open ones, and name the others. */
  readonly isOpen: boolean;
  /** Attributes of its element, `data-` before their names. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface PanelsParts {
  panels: readonly Panel[];
  /** What stands above the panels in a page, escaped. */
  head?: string;
  /** A script that runs with the element of all this as `root`. */
  script?: string;
  alt: string;
}

const HEADING = 28;

export class Panels {
  readonly panels: readonly Panel[];
  readonly alt: string;
  readonly theme: Theme;
  readonly #head: string;
  readonly #script: string;
  readonly #title: string | undefined;

  /** @param options.theme the theme of what is in the panels */
  constructor(
    { panels, head = '', script = '', alt }: PanelsParts,
    { title, theme }: { title?: string | undefined; theme: Theme },
  ) {
    this.panels = panels;
    this.alt = title === undefined ? alt : `${title}. ${alt}`;
    this.theme = theme;
    this.#head = head;
    this.#script = script;
    this.#title = title;
  }

  /** A static picture of what is open at first. */
  async toSvg(): Promise<string> {
    return (await this.#picture()).svg;
  }

  /** @param options.scale device pixels per CSS pixel. Default: 2. */
  async toPng({ scale = 2 }: SaveOptions = {}): Promise<Uint8Array> {
    return this.#png({ scale });
  }

  /** A page of its own, interactive and without need of a network. */
  async toHtml(): Promise<string> {
    return pageHtml(this.alt, await this.#page());
  }

  /**
   * Writes all of it as what the name ends with: `.html`, `.svg` or `.png`.
   * @throws {TypeError} for another ending
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    return saveAs('A page of panels', path, {
      '.html': () => this.toHtml(),
      '.svg': () => this.toSvg(),
      '.png': () => this.toPng(options),
    });
  }

  /** HTML and a picture, for each front end what it knows. */
  async [DISPLAY](): Promise<MimeBundle> {
    const png = await this.#png(NOTEBOOK_PICTURE);
    return {
      'text/html': await this.#page(),
      'image/png': Buffer.from(png).toString('base64'),
      'text/plain': `<panels: ${this.alt}>`,
    };
  }

  async #png(png: { scale: number; limit?: number }): Promise<Uint8Array> {
    const { svg, width, height } = await this.#picture();
    return pngOf(svg, { width, height }, png);
  }

  async #page(): Promise<string> {
    const colors =
      this.theme === 'auto'
        ? ''
        : `;padding:12px;color:${this.#colored(INK)};background:${this.#colored(PAPER)}`;
    const each = await Promise.all(
      this.panels.map(async ({ title, content, isOpen, data = {} }) => {
        // What is opened by hand needs no picture beforehand.
        const shown = !isOpen && content instanceof Figure ? content.frame() : await content[DISPLAY]();
        const html = shown['text/html'] as string;
        const attributes = Object.entries(data).map(
          ([name, value]) => ` data-${name}="${escapeHtml(value)}"`,
        );
        return (
          `<details class="quire-panel"${attributes.join('')}${isOpen ? ' open' : ''}>` +
          `<summary ${OWN_KEYS} style="cursor:pointer;font-weight:600;padding:4px 0">${escapeHtml(title)}</summary>${html}</details>`
        );
      }),
    );
    const title =
      this.#title === undefined
        ? ''
        : `<div style="font-weight:600;font-size:16px;margin:2px 0 8px">${escapeHtml(this.#title)}</div>`;
    const script =
      this.#script === ''
        ? ''
        : `<script>((root) => {\n${this.#script}\n})(document.currentScript.parentElement)</script>`;
    return (
      `<div class="quire-panels ${AS_TYPED}" role="group" aria-label="${escapeHtml(this.alt)}" ` +
      `style="font-family:'Open Sans','Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:13px${colors}">` +
      `${title}${this.#head}${each.join('')}${script}</div>`
    );
  }

  #colored(color: string): string {
    return this.theme === 'dark' ? (DARK[color] ?? color) : color;
  }

  async #picture(): Promise<{ svg: string; width: number; height: number }> {
    const open = this.panels.filter(({ isOpen }) => isOpen);
    const closed = this.panels.filter(({ isOpen }) => !isOpen);
    const width = Math.max(320, ...open.map(({ content }) => content.width));
    let [height, inner] = [0, ''];
    if (this.#title !== undefined) {
      inner += svgText(this.#title, 8, 22, { size: 16, color: this.#colored(INK) });
      height += 34;
    }
    for (const { title, content } of open) {
      inner += svgText(title, 8, height + 19, { size: 13, bold: true, color: this.#colored(INK) });
      height += HEADING;
      inner += (await content.toSvg()).replace('<svg ', `<svg y="${height}" `);
      height += content.height;
    }
    for (const { title } of closed) {
      inner += svgText(`… ${title}`, 8, height + 16, { color: this.#colored(MUTED) });
      height += 20;
    }
    height += closed.length > 0 ? 8 : 0;
    const svg =
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-label="${escapeHtml(this.alt)}" ` +
      `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="'Open Sans',Arial,sans-serif">` +
      `<rect width="100%" height="100%" fill="${this.#colored(PAPER)}"/>${inner}</svg>`;
    return { svg, width, height };
  }
}
