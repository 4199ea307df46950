/** How figures look: one set of colours for light pages, each with its counterpart for dark ones. */
import { OKABE_ITO } from './palettes.ts';
import type { PlotlyFigure, PlotlyLayout } from './plotly.ts';

/** `auto` follows the page that shows the figure, where it can be interactive; its static picture is light. */
export type Theme = 'light' | 'dark' | 'auto';

/** The colours that figures are made of, for light pages. */
export const INK = '#1f2933';
export const MUTED = '#616e7c';
export const GRID = '#e4e7eb';
export const LINE = '#9aa5b1';
export const PAPER = '#ffffff';
export const PANEL = '#f5f7fa';

/** Each colour of a light figure that a dark one has another for. */
export const DARK: Readonly<Record<string, string>> = {
  [INK]: '#e4e7eb',
  [MUTED]: '#9aa5b1',
  [GRID]: '#323f4b',
  [LINE]: '#52606d',
  [PAPER]: '#15191e',
  [PANEL]: '#1f252c',
  '#0072b2': '#4ba3e3',
  '#d55e00': '#f28035',
  '#009e73': '#2fc49a',
  '#cc79a7': '#e39cc4',
  '#000000': '#d0d5db',
};

let current: Theme = 'auto';

/** Sets the theme of figures that aren't given one. */
export function setTheme(theme: Theme): void {
  if (theme !== 'light' && theme !== 'dark' && theme !== 'auto') {
    throw new TypeError(`A theme is 'light', 'dark' or 'auto', not ${JSON.stringify(theme)}.`);
  }
  current = theme;
}

export function currentTheme(): Theme {
  return current;
}

const FONT = '"Open Sans", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const AXIS = {
  gridcolor: GRID,
  linecolor: LINE,
  tickcolor: LINE,
  zerolinecolor: LINE,
  zerolinewidth: 1,
  showline: true,
  linewidth: 1,
  ticks: 'outside',
  ticklen: 4,
  automargin: true,
  title: { standoff: 10, font: { size: 13, color: INK } },
  tickfont: { size: 12, color: MUTED },
};

const SCENE_AXIS = {
  gridcolor: GRID,
  linecolor: LINE,
  zerolinecolor: LINE,
  backgroundcolor: PANEL,
  showbackground: true,
  title: { font: { size: 13, color: INK } },
  tickfont: { size: 11, color: MUTED },
};

/** What all figures have: https://plotly.com/javascript/reference/layout/ */
export const BASE_LAYOUT: PlotlyLayout = {
  template: {
    layout: {
      font: { family: FONT, size: 12, color: INK },
      paper_bgcolor: PAPER,
      plot_bgcolor: PAPER,
      colorway: [...OKABE_ITO],
      title: {
        x: 0,
        xref: 'paper',
        xanchor: 'left',
        y: 0.97,
        yref: 'container',
        yanchor: 'top',
        font: { size: 16 },
      },
      xaxis: { ...AXIS, showgrid: false, zeroline: false },
      yaxis: { ...AXIS, zeroline: false },
      scene: { xaxis: SCENE_AXIS, yaxis: SCENE_AXIS, zaxis: SCENE_AXIS },
      legend: { font: { size: 12 }, bgcolor: 'rgba(0,0,0,0)' },
      hoverlabel: { namelength: -1, font: { family: FONT } },
      annotationdefaults: { font: { color: INK }, arrowcolor: MUTED },
      coloraxis: { colorbar: { outlinewidth: 0, thickness: 14, ticklen: 4 } },
    },
  },
  margin: { l: 64, r: 24, t: 52, b: 48 },
};

/** The same for figures without axes in space: each saved figure holds it. */
export const FLAT_LAYOUT: PlotlyLayout = (() => {
  const { scene: _, ...flat } = (BASE_LAYOUT.template as { layout: Record<string, unknown> }).layout;
  return { ...BASE_LAYOUT, template: { layout: flat } };
})();

/** `figure` with the colours of a dark page, in all attributes that are colours. The figure given stays as it is. */
export function darkened(figure: PlotlyFigure): PlotlyFigure {
  return recolored(figure, '') as PlotlyFigure;
}

function recolored(value: unknown, key: string): unknown {
  if (typeof value === 'string') {
    return /color/i.test(key) ? (DARK[value] ?? value) : value;
  }
  if (Array.isArray(value)) {
    return /color|cells|header/i.test(key) || typeof value[0] === 'object'
      ? value.map((item) => recolored(item, key))
      : value;
  }
  if (typeof value === 'object' && value !== null) {
    if (ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, recolored(item, name)]));
  }
  return value;
}
