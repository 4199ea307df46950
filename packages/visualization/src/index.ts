export type { AxisOptions } from './axes.ts';
export type { ColumnName, Numbers, TableData } from './data.ts';
export { DISPLAY, type Displayable, type MimeBundle } from './display.ts';
export { Figure, type FigureOptions, type FigureParts, type SaveOptions } from './figure.ts';
export { type LineOptions, line } from './line.ts';
export { embedPlotly } from './page/html.ts';
export {
  BLUE_ORANGE,
  BLUES,
  CIVIDIS,
  COLOR_SCALES,
  type ColorScale,
  type ColorScaleName,
  OKABE_ITO,
  VIRIDIS,
} from './palettes.ts';
export type { PlotlyConfig, PlotlyFigure, PlotlyLayout, PlotlyTrace } from './plotly.ts';
export { type ScatterOptions, scatter } from './scatter.ts';
export { plotText } from './text.ts';
export { setTheme, type Theme } from './theme.ts';
