import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apart, jsonFixture, readFixture } from './fixtures.ts';
import { type ImageProcessorJson, imageProcessor, loadImageProcessor, sizeFor } from './image-processor.ts';
import { toChannels } from './picture.ts';

interface Processed {
  name: string;
  json: ImageProcessorJson;
  /** (C, H, W) */
  shape: number[];
  mean: number;
  meanOfSquares: number;
  at: number[];
  values: number[];
}

describe('an image processor', () => {
  it('gives the numbers of transformers, from the fields of checkpoints and from defaults', async () => {
    const source = await readFixture('source.png');
    const cases = jsonFixture<Processed[]>('processed.json');
    expect(cases.length).toBe(20);
    for (const { json, shape, mean, meanOfSquares, at, values } of cases) {
      const what = JSON.stringify(json);
      const tensor = imageProcessor(json).pixelValues([source]);
      const numbers = Float64Array.from(tensor.dataSync());
      expect([what, ...tensor.shape]).toEqual([what, 1, ...shape]);
      tensor.dispose();
      const own = at.map((i) => numbers[i]!);
      const apart = Math.max(...own.map((value, i) => Math.abs(value - values[i]!)));
      const scale = Math.max(1, Math.abs(mean));
      expect(apart / scale, what).toBeLessThan(1e-5);
      const sum = numbers.reduce((a, b) => a + b, 0);
      const squares = numbers.reduce((a, b) => a + b * b, 0);
      expect(Math.abs(sum / numbers.length - mean) / scale, what).toBeLessThan(1e-5);
      expect(Math.abs(squares / numbers.length - meanOfSquares) / scale ** 2, what).toBeLessThan(1e-5);
    }
  });

  it('lays channels first or last', async () => {
    const processor = imageProcessor({ image_processor_type: 'ViTImageProcessor', size: 8 });
    const pictures = [await readFixture('source.png'), await readFixture('grey.png', 1)];
    const first = processor.pixelValues(pictures);
    const last = processor.pixelValues(pictures, { dataFormat: 'channelsLast' });
    expect([first.shape, last.shape]).toEqual([
      [2, 3, 8, 8],
      [2, 8, 8, 3],
    ]);
    const turned = first.transpose([0, 2, 3, 1]); // (B, C, H, W) -> (B, H, W, C)
    expect([...turned.dataSync()]).toEqual([...last.dataSync()]);
    for (const tensor of [first, last, turned]) tensor.dispose();
  });

  it('takes what is behind transparent pixels', async () => {
    const processor = imageProcessor({ image_processor_type: 'ViTImageProcessor', size: 16 });
    const picture = await readFixture('source-rgba.png', 4);
    expect(apart(processor.resized(picture), processor.resized(toChannels(picture, 3)))).toBe(0);
    const clear = { ...picture, data: new Uint8Array(picture.data.length) };
    expect(processor.resized(clear).data[0]).toBe(255);
    expect([...processor.resized(clear, { background: [9, 8, 7] }).data.subarray(0, 3)]).toEqual([9, 8, 7]);
  });

  it('takes grey pictures of one channel, as for MNIST', async () => {
    const json = { image_processor_type: 'ViTImageProcessor', size: 28, image_mean: [0.5], image_std: [0.5] };
    const tensor = imageProcessor(json).pixelValues([await readFixture('source.png')]);
    expect(tensor.shape).toEqual([1, 1, 28, 28]);
    tensor.dispose();
  });

  it('is read from a folder, under the older name of its type too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quire-processor-'));
    try {
      const path = join(folder, 'preprocessor_config.json');
      writeFileSync(path, JSON.stringify({ feature_extractor_type: 'CLIPFeatureExtractor', size: 336 }));
      expect((await loadImageProcessor(folder)).config).toMatchObject({
        type: 'CLIPImageProcessor',
        resize: { size: { shortestEdge: 336 }, interpolation: 'bicubic' },
        centerCrop: { height: 224, width: 224 },
      });
      writeFileSync(path, JSON.stringify({ image_processor_type: 'Qwen2VLImageProcessor' }));
      await expect(loadImageProcessor(folder)).rejects.toThrow(
        `${path}: preprocessor_config.json: there is no Qwen2VLImageProcessor here, but ViTImageProcessor,`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('refuses fields that are wrong, and steps that it has not', () => {
    const refused = (fields: ImageProcessorJson): void => {
      imageProcessor({ image_processor_type: 'ViTImageProcessorFast', ...fields });
    };
    expect(() => refused({ size: { height: 224 } })).toThrow('size.width has to be a whole number of pixels');
    expect(() => refused({ resample: 9 })).toThrow('resample is from 0 to 5, and is 9');
    expect(() => refused({ image_std: [1, 0, 1] })).toThrow('image_std has to be a number for each channel');
    expect(() => refused({ do_pad: true })).toThrow("do_pad isn't supported");
    expect(() => imageProcessor({ size: 224 })).toThrow('image_processor_type is missing');
  });

  it('refuses pictures of different sizes in a batch, and says which', async () => {
    const processor = imageProcessor({
      image_processor_type: 'CLIPImageProcessor',
      size: 32,
      do_center_crop: false,
    });
    const source = await readFixture('source.png');
    const pictures = [source, { ...source, height: source.width, width: source.height }];
    expect(() => processor.pixelValues(pictures)).toThrow('picture 1 has 43 by 32 pixels');
    expect(() => processor.pixelValues([])).toThrow('there are no pictures');
  });
});

describe('the size of the shorter side', () => {
  it('keeps the proportion, rounded down', () => {
    expect(sizeFor({ height: 97, width: 131 }, { shortestEdge: 224 })).toEqual({ height: 224, width: 302 });
    expect(sizeFor({ height: 131, width: 97 }, { shortestEdge: 224 })).toEqual({ height: 302, width: 224 });
  });
});
