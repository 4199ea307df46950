/** The area between two curves. */
import { withOpacity } from './palettes.ts';
import type { PlotlyTrace } from './plotly.ts';

/**
 * Two curves without a line, of which the upper one fills what is between them; what the band is of is drawn behind them.
 * @param more what both have besides, such as their group in the legend
 */
export function bandBetween(
  x: readonly unknown[],
  low: readonly unknown[],
  high: readonly unknown[],
  color: string,
  more: Readonly<Record<string, unknown>> = {},
): [PlotlyTrace, PlotlyTrace] {
  const edge = {
    type: 'scatter',
    mode: 'lines',
    x,
    line: { width: 0, color },
    hoverinfo: 'skip',
    showlegend: false,
    ...more,
  };
  return [
    { ...edge, y: low },
    { ...edge, y: high, fill: 'tonexty', fillcolor: withOpacity(color, 0.18) },
  ];
}
