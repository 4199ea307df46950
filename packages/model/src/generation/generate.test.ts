import { readFileSync } from 'node:fs';
import { tf } from '@quire/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as llama from '../architectures/llama.ts';
import { fixture } from '../architectures/parity.ts';
import { loadPretrained, type Pretrained } from '../checkpoints/load.ts';
import { generate } from './generate.ts';

interface Case {
  prompts: string[];
  options: { max_new_tokens: number; num_beams?: number };
  texts: string[];
  ids: number[][];
}

const cases = JSON.parse(readFileSync(`${fixture('llama')}/texts.json`, 'utf8')) as Case[];

let model: Pretrained<typeof llama>;
beforeAll(async () => {
  model = await loadPretrained(fixture('llama'), { architecture: llama });
});
afterAll(() => tf.dispose(model.params as never));

describe('generated text', () => {
  it.each(cases)(
    'is that of transformers for each prompt of a batch: $options, $prompts',
    async ({ prompts, options, texts, ids }) => {
      const { max_new_tokens: maxNewTokens, num_beams: beams = 1 } = options;
      const generation = generate(model, prompts, { maxNewTokens, beams });
      const streamed = prompts.map(() => '');
      for await (const pieces of generation) for (const [i, piece] of pieces.entries()) streamed[i] += piece;
      expect(streamed).toEqual(texts);
      const whole = await generation.result();
      expect(whole.map(({ text }) => text)).toEqual(texts);
      expect(whole.map(({ tokens }) => tokens.map(({ id }) => id))).toEqual(ids);
      expect(whole.map(({ finishReason }) => finishReason)).toEqual(prompts.map(() => 'length'));
    },
  );

  it('ends each text of a batch at its own stop, which is left out', async () => {
    const [{ prompts, texts }] = cases as [Case];
    const made = await generate(model, prompts, { maxNewTokens: 9, stop: [' was', ',,,,,,,,,'] }).result();
    expect(made.map(({ text }) => text)).toEqual(texts.map((text) => text.split(' was')[0]));
    expect(made.map(({ finishReason }) => finishReason)).toEqual(['length', 'stop', 'length']);
  });

  it('of one prompt is one text, with the space that it begins with', async () => {
    const [{ prompts, texts }] = cases as [Case];
    const { text } = await generate(model, prompts[2] as string, { maxNewTokens: 9 }).result();
    expect(text).toBe(texts[2]);
    expect(text.startsWith(' ')).toBe(true);
  });
});
