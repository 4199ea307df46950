import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from './examples.ts';
import type { Figure } from './figure.ts';
import * as v from './index.ts';

const made = (code: string): Figure => new Function('v', `return (${code})`)(v) as Figure;

/** Long lists by their ends, so that a snapshot can be read. */
function brief(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.length > 8 ? [...value.slice(0, 3), `… ${value.length}`, value.at(-1)] : value;
    return items.map(brief);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, brief(item)]));
}

describe('the specification of each kind', () => {
  for (const { name, code } of EXAMPLES.filter(({ code }) => !code.startsWith('await '))) {
    const figure = made(code);
    if (!(figure instanceof v.Figure)) continue;
    it(`${name} is as it was`, () => {
      const { data, layout } = figure.toJSON();
      const { template: _, ...own } = layout;
      expect(brief({ data, layout: own })).toMatchSnapshot();
    });
  }
});

describe('examples', () => {
  it('have types as cells are checked for', () => {
    const source = fileURLToPath(new URL('.', import.meta.url));
    const folder = mkdtempSync(join(source, '..', '.examples-'));
    try {
      const cells = EXAMPLES.map(({ name, code }) => `// ${name}\n(${code});`).join('\n');
      writeFileSync(join(folder, 'cells.ts'), `import * as v from '../src/index.ts';\n${cells}\n`);
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({
          extends: '../tsconfig.json',
          compilerOptions: {
            noEmit: true,
            composite: false,
            rootDir: '..',
            noUncheckedIndexedAccess: false,
          },
          include: ['cells.ts'],
        }),
      );
      const tsc = join(
        dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
        'bin',
        'tsc',
      );
      const { stdout, error } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
      expect(error).toBeUndefined();
      // Cells need no types on parameters.
      expect(stdout.split('\n').filter((line) => !/: error TS70\d\d: |^$/.test(line))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const rows = [
  { a: 1, b: 2, kind: 'x' },
  { a: 2, b: 1, kind: 'y' },
];

describe('labels', () => {
  const titles = (figure: Figure): unknown[] =>
    ['xaxis', 'yaxis'].map((axis) => (figure.layout[axis] as { title?: { text: string } }).title?.text);

  it('come from columns’ names', () => {
    expect(titles(v.line(rows, { x: 'a', y: 'b' }))).toEqual(['a', 'b']);
    expect(titles(v.scatter(rows))).toEqual(['a', 'b']);
    expect(titles(v.bar(rows, { x: 'kind', y: 'b' }))).toEqual(['kind', 'b']);
    expect(titles(v.bar(rows, { x: 'kind', y: 'b', horizontal: true }))).toEqual(['b', 'kind']);
    // Titles go with their axes, and the other one keeps its column's name.
    const [yTitle, xTitle] = ['how many', 'of what'];
    expect(titles(v.bar(rows, { x: 'kind', y: 'b', horizontal: true, yTitle }))).toEqual([yTitle, 'kind']);
    expect(titles(v.bar(rows, { x: 'kind', y: 'b', horizontal: true, xTitle }))).toEqual(['b', xTitle]);
    expect(titles(v.box(rows, { values: 'b', by: 'kind' }))).toEqual(['kind', 'b']);
    expect(titles(v.histogram({ b: [1, 2] }))).toEqual(['b', 'count']);
  });

  it('are none where there is no name', () => {
    expect(titles(v.line([1, 2, 3]))).toEqual([undefined, undefined]);
    expect(titles(v.histogram([1, 2, 3]))).toEqual([undefined, 'count']);
  });

  it('are escaped wherever they come from', () => {
    const hostile = '<img src=x onerror=hit()>%{x}';
    const named = [{ [hostile]: 1, y: 2, kind: hostile }];
    const figures = [
      v.line(named, { x: hostile, y: 'y', color: 'kind', title: hostile, yTitle: hostile }),
      v.scatter(named, { x: hostile, y: 'y', color: 'kind', hover: ['kind'] }),
      v.bar(named, { x: 'kind', y: [hostile, 'y'] }),
      v.histogram(named, { values: hostile, by: 'kind' }),
      v.box(named, { values: hostile, by: 'kind' }),
      v.violin(named, { values: hostile, by: 'kind' }),
      v.heatmap([[1]], { x: [hostile], y: [hostile], values: () => hostile, valueTitle: hostile }),
      v.contour(
        [
          [1, 2],
          [2, 1],
        ],
        { xTitle: hostile, valueTitle: hostile },
      ),
      v.surface(
        [
          [1, 2],
          [2, 1],
        ],
        { zTitle: hostile },
      ),
      v.scatter3d([{ [hostile]: 1, y: 2, z: 3, kind: hostile }], { color: 'kind' }),
      v.sankey([{ source: hostile, target: 'b', value: 1 }], { unit: hostile }),
      v.smallMultiples({ [hostile]: v.line([1, 2]) }),
    ];
    for (const figure of figures) {
      // On the axes of a scene there are no templates.
      const text = JSON.stringify(figure).replaceAll('>%{x}', figure.layout.scene ? '>' : '>%{x}');
      expect(text).not.toContain('<img');
      expect(text).not.toContain('onerror=hit()>%{x}');
      expect(text).toMatch(/&lt;img|<\u200bimg/);
    }
  });
});

describe('bad input', () => {
  it('is refused with what was wrong and where', () => {
    const cases: [() => unknown, string | RegExp][] = [
      [() => v.line([]), 'line: there is nothing to draw, the data is empty.'],
      [() => v.line([Number.NaN]), 'line: there is nothing to draw, "value" holds no finite number.'],
      [
        () => v.line({ a: [1], b: ['x'] }, { y: 'b' }),
        /column "b" has to hold numbers; at row 0 it holds "x"/,
      ],
      [() => v.line(rows, { y: 'c' as never }), 'line: the data has no column "c". It has "a", "b", "kind".'],
      [() => v.line({ k: ['a', 'b'] }), /no column holds numbers for the y axis/],
      [() => v.line(rows, { x: 'kind', y: 'b', log: 'x' }), /a logarithmic x axis needs numbers/],
      [() => v.line([1, 2], { yRange: [2, 1] }), /yRange has to be \[low, high\]/],
      [() => v.line(rows, { x: 'kind', band: ['a', 'b'] }), /line: no column holds numbers/],
      [() => v.scatter({ a: [1] }), /two columns of numbers are needed/],
      [() => v.histogram([1, 2], { bins: 0 }), /bins has to be a whole number from 1 to 10,000, not 0/],
      [() => v.histogram([1, 2], { bins: [1, 1] }), /ascending numbers/],
      [() => v.heatmap([[1, 2], [3]]), /rows of z differ in length/],
      [() => v.heatmap([[1, 2]], { x: ['a'] }), 'heatmap: x has 1 names or positions for 2.'],
      [() => v.heatmap([[1]], { colorRange: [1, 0] }), /colorRange has to be/],
      [() => v.contour([[1, 2]], { levels: 1 }), /levels is from 2 to 100/],
      [() => v.surface([[1, 2]], { x: [1] }), /x has 1 positions for 2/],
      [() => v.parallelCoordinates({ a: [1] }), /at least two columns/],
      [() => v.sankey([]), /no links were given/],
      [
        () => v.sankey([{ source: 'a', target: 'b', value: 0 }]),
        /value of link 0 has to be a number above 0, not 0/,
      ],
      [() => v.smallMultiples({}), /there is no figure/],
      [() => v.smallMultiples([v.surface([[1, 2]])]), /figure 0 has no x and y axis/],
      [() => v.setTheme('pink' as never), /A theme is 'light', 'dark' or 'auto', not "pink"/],
    ];
    for (const [make, message] of cases) expect(make).toThrow(message);
  });

  it('with gaps is drawn with gaps', () => {
    expect(v.line([1, Number.NaN, Infinity, null as never, 3]).toJSON().data[0]?.y).toEqual([
      1,
      null,
      null,
      null,
      3,
    ]);
    expect(v.heatmap([[1, Number.NaN]]).toJSON().data[0]?.z).toEqual([[1, null]]);
    expect(v.histogram([1, Number.NaN, 2]).alt).toBe(
      "Histogram of 2 values. 1 that aren't finite are left out.",
    );
  });
});

describe('series', () => {
  it('are told apart by a column, in the order in which its values occur', () => {
    const { data } = v.line(rows, { x: 'a', y: 'b', color: 'kind' });
    expect(data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: 'x', x: [1], y: [2] },
      { name: 'y', x: [2], y: [1] },
    ]);
  });

  it('of points beyond 2,000 are drawn by WebGL', () => {
    const many = { x: new Float32Array(2001), y: new Float32Array(2001) };
    expect(v.scatter(many).data[0]?.type).toBe('scattergl');
    expect(v.scatter(rows).data[0]?.type).toBe('scatter');
  });
});

describe('a histogram', () => {
  it('has each value in a bin, the last bin with its end', () => {
    const { data } = v.histogram([0, 1, 1, 2.5, 3], { bins: [0, 1, 2, 3] });
    expect(data[0]).toMatchObject({ y: [1, 2, 2], x: [0.5, 1.5, 2.5], width: [1, 1, 1] });
  });

  it('has shares where samples differ in size, and densities that integrate to 1', () => {
    const share = v.histogram({ a: [1, 2, 3, 4], b: [1, 2] }, { bins: 2 });
    expect(share.data.map(({ y }) => y)).toEqual([
      [0.5, 0.5],
      [1, 0],
    ]);
    const [density] = v.histogram([0, 1, 2, 3, 10], { bins: 4, norm: 'density' }).data;
    const area = (density!.y as number[]).reduce(
      (sum, y, i) => sum + y * (density!.width as number[])[i]!,
      0,
    );
    expect(area).toBeCloseTo(1, 12);
  });
});

describe('a box', () => {
  it('has the quartiles of NumPy’s default and Tukey’s whiskers', () => {
    const [trace] = v.box([1, 2, 3, 4, 5, 100]).data;
    expect(trace).toMatchObject({
      q1: [2.25],
      median: [3.5],
      q3: [4.75],
      lowerfence: [1],
      upperfence: [5],
      y: [[100]],
    });
  });
});

describe('small multiples', () => {
  it('give each figure axes of its own, and name a series once', () => {
    const one = v.line({ step: [1, 2], a: [1, 2], b: [2, 3] });
    const { data, layout } = v.smallMultiples({ first: one, second: one }, { share: 'y' });
    expect(data.map(({ xaxis, showlegend }) => [xaxis, showlegend])).toEqual([
      ['x', true],
      ['x', true],
      ['x2', false],
      ['x2', false],
    ]);
    expect(layout.yaxis2).toMatchObject({ matches: 'y', anchor: 'x2' });
  });
});

describe('a table', () => {
  it('is escaped, sorted by what cells hold, and has sparklines', async () => {
    const shown = await v.table([{ '<b>': '<script>', n: 0.123456, curve: [1, Number.NaN, 3] }])[v.DISPLAY]();
    const html = shown['text/html'] as string;
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('&lt;script&gt;');
    expect(html).toContain(
      '<td data-key="0.123456" style="text-align:right;font-variant-numeric:tabular-nums">0.1235</td>',
    );
    expect(html).toContain('<img alt="1 to 3"');
    expect(shown['text/plain']).toBe('<b>\tn\tcurve\n<script>\t0.1235\t~');
  });

  it('says how many rows are left out', async () => {
    const shown = await v.table({ a: Array.from({ length: 300 }, (_, i) => i) })[v.DISPLAY]();
    expect(shown['text/html']).toContain('… and 100 more rows');
  });
});
