// @ts-nocheck
// Runs in the page that shows a figure, as the body of a function of `host`, `figure`, `theme` and `dark`. Small, since
// every saved figure holds it. Draws in place of the static picture in `host`, and leaves the picture where it can't.
const unpack = async (text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
};
const evaluate = (source) => {
  const module = { exports: {} };
  new Function('module', 'exports', 'define', source)(module, module.exports);
  return module.exports;
};
const find = async () => {
  const embedded = document.querySelector('script.quire-plotly');
  if (embedded) return evaluate(await unpack(embedded.textContent));
  const config = JSON.parse(document.getElementById('jupyter-config-data')?.textContent ?? '{}');
  const base = config.baseUrl ?? document.body.dataset.baseUrl;
  if (!base) return undefined;
  const answer = await fetch(`${base}api/kernelspecs`);
  if (!answer.ok) return undefined;
  for (const { name, spec } of Object.values((await answer.json()).kernelspecs)) {
    const file = spec.metadata?.plotly;
    if (typeof file !== 'string') continue;
    const library = await fetch(`${base}kernelspecs/${encodeURIComponent(name)}/${file}`);
    if (library.ok) return evaluate(await library.text());
  }
};
const isDark = () => {
  const body = document.body;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === 'false';
  if (/vscode-(dark|light)/.test(body.className)) return body.className.includes('vscode-dark');
  return matchMedia('(prefers-color-scheme: dark)').matches;
};
const recolor = (value, key) => {
  if (typeof value === 'string') return (/color/i.test(key) && dark[value]) || value;
  if (Array.isArray(value)) return value.map((item) => recolor(item, key));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([k, item]) => [k, recolor(item, k)]));
};
const draw = (Plotly, { data, layout, config }) => {
  const picture = host.firstElementChild;
  const element = document.createElement('div');
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', picture.alt);
  picture.style.display = 'none';
  host.append(element);
  const failed = (error) => {
    element.remove();
    picture.style.display = '';
    console.warn('The figure stays a picture:', error);
  };
  try {
    Plotly.newPlot(element, data, layout, config).catch(failed);
    // Not Plotly's own, which listens to the window as long as that is there.
    new ResizeObserver(
      () => element.isConnected && element.clientWidth > 0 && Plotly.Plots.resize(element),
    ).observe(host);
  } catch (error) {
    failed(error);
  }
};
const start = async () => {
  const given = typeof figure === 'string' ? JSON.parse(await unpack(figure)) : figure;
  window.quirePlotly ??= window.Plotly ? Promise.resolve(window.Plotly) : find();
  const Plotly = await window.quirePlotly;
  if (!Plotly) {
    delete window.quirePlotly;
    return;
  }
  window.quirePlotlyLoaded = Plotly;
  draw(Plotly, coloured(given));
};
const coloured = (given) => (theme === 'dark' || (theme === 'auto' && isDark()) ? recolor(given, '') : given);
const visible = () => {
  const { top, bottom, width } = host.getBoundingClientRect();
  return width > 0 && bottom > -innerHeight && top < 2 * innerHeight;
};
const begin = () => {
  // A figure that replaces another one is drawn at once, so that nothing flickers.
  if (window.quirePlotlyLoaded && typeof figure !== 'string')
    draw(window.quirePlotlyLoaded, coloured(figure));
  else start().catch((error) => console.warn('The figure stays a picture:', error));
};
if (visible()) begin();
else {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      begin();
    },
    { rootMargin: '100%', scrollMargin: '100%' },
  );
  observer.observe(host);
}
