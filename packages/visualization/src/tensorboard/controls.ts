/** Controls of a page of event files: how much curves are smoothed, and which runs are seen. */
import { escapeHtml, OWN_KEYS } from '../text.ts';

/**
 * Smooths what was logged as `smooth` does: a curve of few of its values, each of which stands for `meta` of them, by that
 * power. Plots that are drawn later, when they come into view, get the same.
 */
export const CONTROLS_SCRIPT = `const slider = root.querySelector('input[type=range]');
const boxes = [...root.querySelectorAll('.runs input')];
const isOff = (name) => boxes.some((box) => box.value === name && !box.checked);
const smooth = (values, weight) => {
let [average, sum] = [0, 0];
return Array.from(values, (value) => {
if (typeof value !== 'number' || !Number.isFinite(value)) return value;
average = weight * average + (1 - weight) * value;
sum = weight * sum + (1 - weight);
return average / sum;
});
};
const panelOf = (plot) => plot.closest('.quire-panel').dataset;
let isChanged = false;
const apply = (plot) => {
if (!isChanged || !plot.data || panelOf(plot).kind !== 'scalars') return;
const at = plot.data.flatMap((trace, i) => (trace.meta === undefined ? [] : [i]));
if (slider) quirePlotlyLoaded.restyle(plot, { y: at.map((i) => smooth(plot.data[i - 1].y, slider.value ** plot.data[i].meta)) }, at);
const text = document.createElement('textarea');
const name = (trace) => { text.innerHTML = trace.name; return text.value; };
quirePlotlyLoaded.restyle(plot, { visible: plot.data.map((trace) => !isOff(name(trace))) });
};
const change = () => {
isChanged = true;
if (slider) slider.nextElementSibling.value = slider.value;
root.querySelectorAll('.js-plotly-plot').forEach(apply);
for (const panel of root.querySelectorAll('[data-run]')) panel.hidden = isOff(panel.dataset.run);
};
slider?.addEventListener('input', change);
for (const box of boxes) box.addEventListener('change', change);
new MutationObserver((changes) => {
for (const { addedNodes } of changes) for (const node of addedNodes) if (node.classList?.contains('js-plotly-plot')) apply(node);
}).observe(root, { childList: true, subtree: true });
root.querySelector('.controls').hidden = false;`;

/** HTML, escaped. Without scripts it isn't seen. */
export function controls(
  runs: readonly { name: string; color: string }[],
  smoothing: number | undefined,
): string {
  const slider =
    smoothing === undefined
      ? ''
      : `<label style="margin-right:18px">smoothing <input ${OWN_KEYS} type="range" min="0" max="0.99" step="0.01" value="${smoothing}" style="vertical-align:middle"> ` +
        `<output style="display:inline-block;width:32px">${smoothing}</output></label>`;
  const boxes =
    runs.length < 2
      ? ''
      : `<span class="runs">runs ${runs
          .map(
            ({ name, color }) =>
              `<label style="margin-right:10px;white-space:nowrap"><input ${OWN_KEYS} type="checkbox" checked value="${escapeHtml(name)}" ` +
              `style="accent-color:${color};vertical-align:-2px"><span style="border-bottom:3px solid ${color}">${escapeHtml(name)}</span></label>`,
          )
          .join('')}</span>`;
  return `<div class="controls" hidden style="font-size:12px;margin:2px 0 6px;line-height:2">${slider}${boxes}</div>`;
}
