import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { DISPLAY } from './display.ts';
import { Figure } from './figure.ts';
import { line } from './line.ts';
import { compact } from './page/html.ts';
import type { PlotlyFigure } from './plotly.ts';
import { render } from './static/render.ts';
import { DARK, INK } from './theme.ts';

const HOSTILE = '<script>window.hit=1</script></script><b>%{x}$x^2$"\'&';
const folder = mkdtempSync(join(tmpdir(), 'quire-figure-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const figure = line({ step: [1, 2, 3], loss: [0.9, 0.5, 0.4] }, { title: 'Loss' });

describe('a figure', () => {
  it('shows itself as Plotly’s type, as HTML, as a picture and as text', async () => {
    const bundle = await figure[DISPLAY]();
    expect(Object.keys(bundle)).toEqual([
      'application/vnd.plotly.v1+json',
      'text/html',
      'image/png',
      'text/plain',
    ]);
    expect(bundle['application/vnd.plotly.v1+json']).toMatchObject({
      data: [{ type: 'scatter', x: [1, 2, 3], y: [0.9, 0.5, 0.4] }],
      layout: { title: { text: 'Loss' }, height: 420 },
      config: { typesetMath: false },
    });
    expect(
      Buffer.from(bundle['image/png'] as string, 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(bundle['text/plain']).toBe('<figure: Loss. Line chart of loss by step.>');
    // The picture stays where scripts don't run.
    expect(bundle['text/html']).toMatch(
      /<img alt="Loss\. Line chart of loss by step\." [^>]*src="data:image\//,
    );
    expect((bundle['text/html'] as string).length).toBeLessThan(40_000);
  });

  it('has no text that ends its script, or is one', async () => {
    const hostile = line({ [HOSTILE]: [1, 2], y: [1, 2] }, { y: 'y', x: HOSTILE, title: HOSTILE });
    const { 'text/html': html, 'image/png': _ } = await hostile[DISPLAY]();
    const text = (html as string).replace(/data:[^"]*/g, '');
    expect(text.match(/<\/?script/gi)).toEqual(['<script', '</script']);
    expect(text).not.toContain('<b>');
    const svg = await hostile.toSvg();
    expect(svg).not.toMatch(/<script|<b>|<a /);
    expect(svg).toContain('&#60;script&#62;window.hit=1&#60;/script&#62;');
    expect(svg).toContain('%{x}$x^2$');
  });

  it('is compressed with its script in HTML that stays', async () => {
    const { 'text/html': html } = await figure[DISPLAY]();
    const packed = /"(H4sI[\w+/=]+)"/.exec(html as string)?.[1] ?? '';
    const [script, given, theme, dark] = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString());
    expect(script).toContain('Plotly.newPlot(');
    expect(given).toEqual(figure.toJSON());
    expect([theme, dark]).toEqual(['auto', DARK]);
  });

  it('is compressed where it is long and replaced', () => {
    const long = line(Array.from({ length: 5000 }, (_, i) => Math.sin(i)));
    const html = long.frame()['text/html'] as string;
    const packed = /"(H4sI[\w+/=]+)"/.exec(html)?.[1] ?? '';
    expect(JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString())).toEqual(long.toJSON());
  });

  it('is dark where it is to be', () => {
    const text = JSON.stringify(line([1, 2], { theme: 'dark' }));
    expect(text).toContain(DARK[INK]);
    expect(text).not.toContain(INK);
  });

  it('is saved as what the name ends with, whole', async () => {
    for (const name of ['a.html', 'a.svg', 'a.png', 'a.json']) await figure.save(join(folder, name));
    expect(readdirSync(folder).sort()).toEqual(['a.html', 'a.json', 'a.png', 'a.svg']);
    expect(readFileSync(join(folder, 'a.svg'), 'utf8')).toMatch(/^<svg height="420" width="700"/);
    const png = readFileSync(join(folder, 'a.png'));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1400, 840]);
    expect(JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8'))).toEqual(figure.toJSON());
    expect(readFileSync(join(folder, 'a.html'), 'utf8')).not.toMatch(/(src|href)="http/);
    await expect(figure.save(join(folder, 'a.gif'))).rejects.toThrow(
      /saved as \.html, \.svg, \.png or \.json/,
    );
    await expect(figure.save(join(folder, 'none', 'a.json'))).rejects.toThrow(/ENOENT/);
  });

  it('has a size that can be drawn', () => {
    expect(() => new Figure({ data: [], alt: '' }, { width: 0 })).toThrow(/40 to 10,000 pixels, not 0/);
    expect(() => new Figure({ data: [], alt: '' }, { height: Number.NaN })).toThrow(/height/);
  });

  it('has a picture of fewer colours in a notebook than in a file', async () => {
    const places = Array.from({ length: 12 }, (_, i) => i);
    const many = line({
      x: places,
      ...Object.fromEntries(places.map((k) => [`run ${k}`, places.map((i) => (i * k) % 7)])),
    });
    const colors = (png: Buffer): number => png.readUInt32BE(png.indexOf('PLTE') - 4) / 3;
    const { 'image/png': picture } = await many[DISPLAY]();
    expect(colors(Buffer.from(picture as string, 'base64'))).toBe(96);
    expect(colors(Buffer.from(await many.toPng()))).toBe(256);
  });

  it('is the same file each time', async () => {
    expect(await figure.toSvg()).toBe(
      await line({ step: [1, 2, 3], loss: [0.9, 0.5, 0.4] }, { title: 'Loss' }).toSvg(),
    );
  });

  it('is drawn the same from the typed arrays of Plotly’s type', async () => {
    const long = line(Array.from({ length: 100 }, (_, i) => (i * 37) % 101));
    const { 'application/vnd.plotly.v1+json': sent } = long.frame();
    const { data } = sent as PlotlyFigure;
    expect(data[0]!.y).toMatchObject({ dtype: 'u1' });
    const { svg } = await render({ figure: sent as PlotlyFigure, width: 700, height: 420 });
    expect(svg).toBe(await long.toSvg());
  });

  it('rejects what Plotly can’t draw, and draws the next one', async () => {
    const broken = new Figure({
      data: [{ type: 'scatter', y: [1] }],
      layout: { xaxis: 5 as never },
      alt: '',
    });
    await broken.toSvg().catch((error: Error) => expect(error.message).toMatch(/could not be drawn/));
    expect(await figure.toSvg()).toMatch(/^<svg/);
  });
});

describe('the picture in a page', () => {
  it('is without names and empty groups, and its text stays', () => {
    const svg =
      '<svg width="9"><g class="a b" data-x="1"><g class="empty"/><g><g></g></g></g>' +
      '<text class="t" style="pointer-events: all; fill: red;" x="1">a class="b" &lt;g&gt;</text></svg>';
    expect(compact(svg)).toBe(
      '<svg width="9"><text style="fill: red;" x="1">a class="b" &lt;g&gt;</text></svg>',
    );
  });
});
