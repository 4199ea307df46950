/** The parts of Plotly's figures that are used here: https://plotly.com/javascript/reference/ */

/** One series. What it may hold depends on `type`. */
export interface PlotlyTrace {
  type: string;
  [attribute: string]: unknown;
}

export interface PlotlyLayout {
  [attribute: string]: unknown;
}

export interface PlotlyConfig {
  [option: string]: unknown;
}

export interface PlotlyFigure {
  data: PlotlyTrace[];
  layout: PlotlyLayout;
  config?: PlotlyConfig;
}
