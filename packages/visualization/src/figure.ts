/** A figure that shows itself in any notebook front end, and saves itself to files. */
import { DISPLAY, type MimeBundle } from './display.ts';
import { saveAs } from './files.ts';
import { packed, plotlyJson } from './json.ts';
import { figureHtml, pageHtml, pagePicture } from './page/html.ts';
import type { PlotlyConfig, PlotlyFigure, PlotlyLayout, PlotlyTrace } from './plotly.ts';
import { NOTEBOOK_PICTURE, render, type StaticPicture } from './static/render.ts';
import { still } from './static/still.ts';
import { plotText } from './text.ts';
import { BASE_LAYOUT, currentTheme, darkened, FLAT_LAYOUT, type Theme } from './theme.ts';

/** What every kind of figure can be told. */
export interface FigureOptions {
  title?: string;
  /** In CSS pixels; where a figure is interactive it is as wide as the page. Default: 700. */
  width?: number;
  /** In CSS pixels. Default: 420. */
  height?: number;
  /** Default: what `setTheme` set, `'auto'` at first. */
  theme?: Theme;
}

/** What a figure is made of. Texts in `data` and `layout` have gone through `plotText` where they aren't one's own. */
export interface FigureParts {
  data: PlotlyTrace[];
  layout?: PlotlyLayout;
  config?: PlotlyConfig;
  /** What the figure shows, in a sentence: for people who can't see it, and for front ends without pictures. */
  alt: string;
}

export interface SaveOptions {
  /** Device pixels of a PNG per CSS pixel. Default: 2. */
  scale?: number;
}

/** MathJax would read `$…$` in labels; and no button sends the data anywhere. */
const CONFIG: PlotlyConfig = {
  typesetMath: false,
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: '',
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
};

export class Figure {
  readonly data: PlotlyTrace[];
  readonly layout: PlotlyLayout;
  readonly config: PlotlyConfig;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;

  constructor({ data, layout = {}, config = {}, alt }: FigureParts, options: FigureOptions = {}) {
    const { title, width = 700, height = 420, theme = currentTheme() } = options;
    for (const [name, value] of Object.entries({ width, height })) {
      if (!(value >= 40 && value <= 10_000)) {
        throw new RangeError(`A figure's ${name} is 40 to 10,000 pixels, not ${value}.`);
      }
    }
    const margin = { ...(BASE_LAYOUT.margin as object), ...(title === undefined ? { t: 24 } : {}) };
    this.data = data;
    const isFlat = !data.some(({ type }) => type === 'surface' || type === 'scatter3d');
    this.layout = {
      ...(isFlat ? FLAT_LAYOUT : BASE_LAYOUT),
      ...layout,
      margin: { ...margin, ...(layout.margin as object | undefined) },
      ...(title === undefined ? {} : { title: { text: plotText(title) } }),
      height,
    };
    this.config = { ...CONFIG, ...config };
    this.alt = title === undefined ? alt : `${title}. ${alt}`;
    this.width = width;
    this.height = height;
    this.theme = theme;
  }

  /** What Plotly draws: `{ data, layout, config }` as JSON, in the colours of the theme. */
  toJSON(): PlotlyFigure {
    const figure = plotlyJson({ data: this.data, layout: this.layout, config: this.config }) as PlotlyFigure;
    return this.theme === 'dark' ? darkened(figure) : figure;
  }

  /** A static picture. Kinds that need WebGL are drawn in a plainer way. */
  async toSvg(): Promise<string> {
    return (await this.#picture()).svg;
  }

  /** @param options.scale device pixels per CSS pixel. Default: 2. */
  async toPng({ scale = 2 }: SaveOptions = {}): Promise<Uint8Array> {
    return (await this.#picture({ scale })).png!;
  }

  /** A page of its own, interactive and without need of a network. */
  async toHtml(): Promise<string> {
    return pageHtml(this.alt, await this.#html(this.toJSON(), await this.#picture(NOTEBOOK_PICTURE)));
  }

  /**
   * Writes the figure as what the name ends with: `.html` (a page of its own), `.svg`, `.png` or `.json` (for Plotly).
   * The file is replaced as a whole, or stays as it was.
   * @throws {TypeError} for another ending
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    return saveAs('A figure', path, {
      '.html': () => this.toHtml(),
      '.svg': () => this.toSvg(),
      '.png': () => this.toPng(options),
      '.json': () => Promise.resolve(JSON.stringify(this.toJSON())),
    });
  }

  /** Plotly's own MIME type, HTML, and a picture, for each front end what it knows. */
  async [DISPLAY](): Promise<MimeBundle> {
    const figure = this.toJSON();
    const picture = await this.#picture(NOTEBOOK_PICTURE);
    return {
      'application/vnd.plotly.v1+json': { ...figure, data: packed(figure.data) },
      'text/html': this.#html(figure, picture),
      'image/png': Buffer.from(picture.png!).toString('base64'),
      'text/plain': `<figure: ${this.alt}>`,
    };
  }

  /**
   * The figure without its static picture, at once: for figures that are replaced several times a second.
   */
  frame(): MimeBundle {
    const figure = this.toJSON();
    return {
      'application/vnd.plotly.v1+json': { ...figure, data: packed(figure.data) },
      'text/html': figureHtml(figure, { ...this.#shown(), picture: undefined }),
      'text/plain': `<figure: ${this.alt}>`,
    };
  }

  #shown() {
    const { alt, width, height, theme } = this;
    return { alt, width, height, theme };
  }

  #html(figure: PlotlyFigure, { svg, small }: StaticPicture): string {
    return figureHtml(figure, { ...this.#shown(), picture: pagePicture(svg, small) });
  }

  #picture(png: { scale?: number; limit?: number } = {}): Promise<StaticPicture> {
    const { width, height } = this;
    return render({ figure: still(this.toJSON(), width, height), width, height, ...png });
  }
}
