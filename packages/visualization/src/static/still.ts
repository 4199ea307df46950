/** Figures made fit to be drawn without WebGL. */
import type { PlotlyFigure, PlotlyTrace } from '../plotly.ts';

/** The same figure of traces that plotly.js draws as SVG. */
export function still(figure: PlotlyFigure, _width: number, _height: number): PlotlyFigure {
  const data = figure.data.map(
    (trace): PlotlyTrace => (trace.type === 'scattergl' ? { ...trace, type: 'scatter' } : trace),
  );
  return { ...figure, data };
}
