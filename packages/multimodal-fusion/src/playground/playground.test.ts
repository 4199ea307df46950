import type { Drawing, widgets } from '@quire/visualization';
import { expect, test } from 'vitest';
import wavefile from 'wavefile';
import type { PlaygroundInput, PlaygroundModel } from './model.ts';
import { Playground } from './playground.ts';

/** A notebook's outputs and widgets, and what its front end changes. */
function notebook() {
  const models = new Map<
    string,
    { state: Record<string, unknown>; receive: (message: widgets.WidgetMessage) => void }
  >();
  const drawings: Drawing[] = [];
  const host = {
    comms: {
      open(_: string, data: Record<string, unknown>): widgets.WidgetComm {
        const model = {
          state: data.state as Record<string, unknown>,
          receive: (_: widgets.WidgetMessage) => {},
        };
        const id = String(models.size);
        models.set(id, model);
        return {
          id,
          send: ({ state }) => Object.assign(model.state, state),
          close: () => void models.delete(id),
          on(event, listener) {
            if (event === 'message') model.receive = listener;
          },
        };
      },
    },
    display: () => ({
      update: async (value: unknown) => {
        drawings.push(value as Drawing);
      },
    }),
  };
  const find = (name: string, description?: string) =>
    [...models.values()].find(
      ({ state }) =>
        state._model_name === name && (description === undefined || state.description === description),
    )!;
  const change = (
    model: { receive: (message: widgets.WidgetMessage) => void },
    value: unknown,
    content?: Uint8Array,
  ): void =>
    model.receive({
      data: {
        method: 'update',
        state: { value },
        buffer_paths: content ? [['value', 0, 'content']] : [],
      },
      buffers: content ? [content] : [],
    });
  return { host, models, drawings, find, change, status: () => String(find('HTMLModel').state.value) };
}

function model(asked: PlaygroundInput[]): PlaygroundModel {
  return {
    modalities: ['text', 'sound'],
    predict(input) {
      asked.push(input);
      if (input.text === 'bad') throw new Error('a <bad> text');
      return {
        predictions: [
          { label: 'dog', value: 1 - input.weights.text! },
          { label: '<cat>', value: input.weights.text! },
        ],
        attributions: [{ label: 'text', value: -0.5 }],
      };
    },
  };
}

test('the model is asked for what is entered, and its answer is drawn and said', async () => {
  const { host, drawings, find, change, status } = notebook();
  const asked: PlaygroundInput[] = [];
  const shown = new Playground(model(asked), { host, pause: 1 });
  await shown.settled();
  expect(asked).toEqual([]);
  expect(status()).toContain('Nothing is entered yet.');

  change(find('TextModel'), 'a cat');
  change(find('FloatSliderModel', 'Weight of text'), 0.75);
  await shown.settled();
  expect(asked).toEqual([{ text: 'a cat', weights: { text: 0.75, sound: 1 } }]);
  expect(status()).toContain('Prediction: &lt;cat&gt;, 75.0 %, then dog, 25.0 %.');
  const svg = await drawings.at(-1)!.toSvg();
  for (const text of ['Text: a cat', 'Weights: text 0.75, sound 1.00', '&lt;cat&gt;', '-0.50']) {
    expect(svg).toContain(text);
  }
  shown.close();
});

test("a model's error and a file's are said, escaped, and gone with the next that is right", async () => {
  const { host, models, find, change, status } = notebook();
  const shown = new Playground(model([]), { host, pause: 1 });
  change(find('TextModel'), 'bad');
  await shown.settled();
  expect(status()).toContain('a &lt;bad&gt; text');
  const file = { name: 'x.wav', type: 'audio/wav', size: 4 };
  change(find('FileUploadModel'), [file], Uint8Array.of(1, 2, 3, 4));
  await new Promise((done) => setTimeout(done, 20));
  expect(status()).toContain('Error (sound):</strong> x.wav');

  change(find('TextModel'), 'good');
  await shown.settled();
  expect(status()).not.toContain('bad');
  expect(status()).toContain('x.wav');
  change(find('FileUploadModel'), [{ ...file, size: 48 }], wav());
  await new Promise((done) => setTimeout(done, 20));
  await shown.settled();
  expect(status()).not.toContain('x.wav');
  expect(shown.state.input.sound).toMatchObject({ sampleRate: 8000, channels: 1 });
  expect(shown.state.input.sound?.samples.length).toBe(2);

  shown.close();
  expect([...models.values()].filter(({ state }) => state._view_name === 'TextView')).toEqual([]);
});

test('wrong modalities and weights are refused', () => {
  const { host } = notebook();
  const predict = () => ({ predictions: [] });
  expect(() => new Playground({ modalities: [], predict }, { host })).toThrow('each once');
  expect(() => new Playground({ modalities: ['text', 'text'], predict }, { host })).toThrow('[text, text]');
  expect(() => new Playground({ modalities: ['text'], predict }, { host, weights: { text: 2 } })).toThrow(
    'the weight of text is 2',
  );
  expect(() => new Playground({ modalities: ['text'], predict })).toThrow('no notebook is there');
});

/** Two samples of 16 bits at 8,000 Hz. */
function wav(): Uint8Array {
  const file = new wavefile.WaveFile();
  file.fromScratch(1, 8000, '16', [1000, -1000]);
  return file.toBuffer();
}
