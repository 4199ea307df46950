import { describe, expect, it } from 'vitest';
import { DISPLAY, imageGrid, show, sound } from '../index.ts';
import { imageUrl, pictureRange } from './images.ts';
import { wav } from './sound.ts';
import { statistics } from './statistics.ts';

describe('statistics', () => {
  it('are of the finite numbers, and count the others', () => {
    expect(statistics([1, 2, 3, 4, Number.NaN, Infinity, -Infinity])).toEqual({
      count: 7,
      nan: 1,
      infinite: 2,
      least: 1,
      greatest: 4,
      mean: 2.5,
      deviation: Math.sqrt(1.25),
    });
  });
});

describe('a tensor', () => {
  it('is told by its dtype, shape and range, and what is not finite', () => {
    const tensor = {
      shape: [2, 2],
      dtype: 'float32',
      dataSync: () => Float32Array.of(1, Number.NaN, -Infinity, 3),
    };
    expect(show(tensor).alt).toBe('Tensor float32 [2, 2], 1 to 3, mean 2, deviation 1; 1 NaN, 1 infinite.');
    expect(show({ shape: [1], data: Int32Array.of(7) }).alt).toBe('Tensor int32 [1], 7.');
    expect(show(2.5).alt).toBe('Tensor number [], 2.5.');
    expect(show([Number.NaN, Number.NaN]).alt).toBe('Tensor number [2], no finite number; 2 NaN.');
  });

  it('that is small has its numbers in its cells, and NaN among them', async () => {
    const svg = await show([
      [1, -2],
      [Number.NaN, 0],
    ]).toSvg();
    for (const text of ['>1<', '>-2<', '>NaN<', '>0<']) expect(svg).toContain(text);
    expect(svg.match(/<image /g)).toHaveLength(1);
  });

  it('with the shape of a picture or of a batch of them is shown as such', async () => {
    const data = new Float32Array(2 * 8 * 8 * 3);
    expect(
      (await show({ shape: [16, 8, 3], data }).toSvg()).match(/<image width="256" height="512"/),
    ).toBeNull();
    expect((await show({ shape: [16, 8, 3], data }).toSvg()).match(/<image /g)).toHaveLength(1);
    expect((await show({ shape: [2, 8, 8, 3], data }).toSvg()).match(/<image /g)).toHaveLength(2);
    expect(
      (await show({ shape: [2, 8, 8, 3], data }, { picture: false }).toSvg()).match(/<image /g),
    ).toHaveLength(1);
  });

  it('that is large stays a small picture', async () => {
    const page = await show({ shape: [2000, 500], data: new Float32Array(1e6) })[DISPLAY]();
    expect(JSON.stringify(page).length).toBeLessThan(100_000);
  });
});

describe('pictures', () => {
  it('are black and white at 0 and 1, at 0 and 255, or at the least and the greatest', () => {
    const range = (...data: number[]): number[] =>
      pictureRange({ shape: [1, 1, data.length], data: Float64Array.from(data) });
    expect(range(0.2, 0.9)).toEqual([0, 1]);
    expect(range(0, 3)).toEqual([0, 255]);
    expect(range(-1, 1)).toEqual([-1, 1]);
    expect(range(5, Number.NaN)).toEqual([0, 255]);
  });

  it('are PNG of their size', () => {
    const url = imageUrl({ shape: [2, 3, 1], data: new Float64Array(6) }, [0, 1]);
    const png = Buffer.from(url.split(',')[1]!, 'base64');
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3, 2]);
  });

  it('of a batch have escaped labels, and the rest is counted', async () => {
    const data = new Float32Array(70 * 4);
    const svg = await imageGrid(
      { shape: [70, 2, 2], data },
      { labels: Array.from({ length: 70 }, () => '<b>') },
    ).toSvg();
    expect(svg).not.toContain('<b>');
    expect(svg.match(/<image /g)).toHaveLength(64);
    expect(svg).toContain('… and 6 more');
  });

  it('have a text before each row, and long captions in two lines', async () => {
    const images = { shape: [4, 64, 64], data: new Float32Array(4 * 64 * 64) };
    const labels = ['star of David', 'kissing face with closed eyes', 'unbreakable', 'cat'];
    const grid = imageGrid(images, { labels, columns: 2, rowLabels: ['first', 'second'] });
    expect(grid.alt).toBe('4 pictures of 64 by 64 pixels, in rows: first, second.');
    const svg = await grid.toSvg();
    const texts = [...svg.matchAll(/<text[^>]* y="([\d.]+)"[^>]*>([^<]*)</g)].map(([, y, text]) => [
      text,
      Number(y),
    ]);
    expect(texts.map(([text]) => text)).toEqual([
      ...['first', 'second'],
      ...['star of', 'David', 'kissing', 'face with…', 'unbreakab…', 'cat'],
    ]);
    const [of, david] = texts.slice(2);
    expect(Number(david![1]) - Number(of![1])).toBe(13);
    const lefts = [...svg.matchAll(/<image x="([\d.]+)"/g)].map(([, x]) => Number(x));
    expect(Math.min(...lefts)).toBeGreaterThan(40);
  });
});

describe('a sound', () => {
  it('is a WAV file of 16 bits, cut off beyond 1', () => {
    const file = wav([0, 0.5, -1, 3], 8000);
    expect(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
    expect([file.readUInt32LE(4), file.readUInt32LE(24), file.readUInt32LE(40)]).toEqual([44, 8000, 8]);
    expect([0, 1, 2, 3].map((i) => file.readInt16LE(44 + 2 * i))).toEqual([0, 16384, -32767, 32767]);
  });

  it('has a player in the page, and a wave in the picture', async () => {
    const drawing = sound(new Float32Array(1600), { sampleRate: 16_000 });
    expect((await drawing[DISPLAY]())['text/html']).toContain('<audio controls');
    expect(await drawing.toSvg()).not.toContain('<audio');
    expect(sound([0, 2]).alt).toContain('1 samples beyond 1 are cut off');
  });

  it('has a spectrogram below the wave, with a scale from the bottom up', async () => {
    const values = [
      [0, 0, 0],
      [1, 1, 1],
    ];
    const drawing = sound(new Float32Array(1600), { spectrogram: { values, frequencies: [100, 4000] } });
    expect(drawing.alt).toContain('with a spectrogram of 2 bands');
    const svg = await drawing.toSvg();
    expect(drawing.height).toBe(sound(new Float32Array(1600)).height + 132);
    const heights = [...svg.matchAll(/y="([\d.]+)"[^>]*>(100 Hz|4 kHz)</g)].map(([, y, text]) => [
      text,
      Number(y),
    ]);
    expect(heights.map(([text]) => text)).toEqual(['100 Hz', '100 Hz', '4 kHz', '4 kHz']);
    expect(heights[0]![1]).toBeGreaterThan(heights[3]![1] as number);
  });

  it('has no more frames in its spectrogram than are seen', async () => {
    const long = { shape: [1, 50_000], data: Float32Array.from({ length: 50_000 }, (_, i) => i % 7) };
    const svg = await sound([0, 1], { spectrogram: { values: long } }).toSvg();
    expect(svg.length).toBeLessThan(30_000);
  });
});

describe('bad input', () => {
  it('is refused with what was wrong and where', () => {
    const cases: [() => unknown, string | RegExp][] = [
      [() => show('x' as never), /the tensor has to be nested arrays or \{ shape, data \}, not "x"/],
      [() => show({ shape: [0, 2], data: [] }), /the tensor is empty, its shape is \[0, 2\]/],
      [() => imageGrid({ shape: [1, 2, 2, 2], data: new Float32Array(8) }), /1, 3 or 4 channels, not 2/],
      [
        () => imageGrid({ shape: [1, 2, 2], data: new Float32Array(4) }, { labels: [] }),
        /1 images and 0 labels/,
      ],
      [
        () => imageGrid({ shape: [1, 2, 2], data: new Float32Array(4) }, { rowLabels: ['a'] }),
        /give `columns` too/,
      ],
      [
        () => imageGrid({ shape: [3, 2, 2], data: new Float32Array(12) }, { columns: 2, rowLabels: ['a'] }),
        /2 rows and 1 labels of rows/,
      ],
      [() => imageGrid([[1]] as never), /has to have 3 or 4 dimensions/],
      [() => sound([]), 'sound: samples is empty.'],
      [() => sound([0, Number.NaN]), /samples holds NaN at 1/],
      [
        () => sound([0], { spectrogram: { values: [[1], [2]], frequencies: [1] } }),
        'there are 2 bands and 1 frequencies',
      ],
      [() => sound([0], { sampleRate: 1 }), /sampleRate has to be a whole number from 1,000/],
    ];
    for (const [make, message] of cases) expect(make).toThrow(message);
  });
});
