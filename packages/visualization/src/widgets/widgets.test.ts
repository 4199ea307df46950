import { describe, expect, test } from 'vitest';
import { DISPLAY } from '../display.ts';
import { joinBuffers, splitBuffers } from './buffers.ts';
import { box, fileUpload, pictureWidget, slider, textField } from './controls.ts';
import { latest } from './latest.ts';
import type { WidgetHost, WidgetMessage } from './widget.ts';

interface Sent {
  kind: string;
  id: string;
  data: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  buffers?: Uint8Array[];
}

/** The kernel's end of comms, with what went over it, and the front end's messages. */
function recorded() {
  const sent: Sent[] = [];
  const listeners = new Map<string, (message: WidgetMessage) => void>();
  const host: WidgetHost = {
    comms: {
      open(_, data, { metadata, buffers }) {
        const id = `comm-${listeners.size}`;
        sent.push({ kind: 'open', id, data, metadata, buffers });
        listeners.set(id, () => {});
        return {
          id,
          send: (message, options) =>
            sent.push({ kind: 'msg', id, data: message, buffers: options?.buffers ?? [] }),
          close: () => sent.push({ kind: 'close', id, data: {} }),
          on: (event, listener) => event === 'message' && listeners.set(id, listener),
        };
      },
    },
  };
  const receive = (id: string, data: Record<string, unknown>, buffers: Uint8Array[] = []): void =>
    listeners.get(id)?.({ data, buffers });
  return { host, sent, receive };
}

describe('buffers', () => {
  test('bytes leave records and lists, and come back where they were', () => {
    const state = {
      value: [{ name: 'a', content: Uint8Array.of(1, 2) }, Uint8Array.of(3)],
      n: { deep: Uint8Array.of(4) },
    };
    const split = splitBuffers(state);
    expect(split).toEqual({
      state: { value: [{ name: 'a' }, null], n: {} },
      bufferPaths: [
        ['value', 0, 'content'],
        ['value', 1],
        ['n', 'deep'],
      ],
      buffers: [Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4)],
    });
    expect(joinBuffers(split)).toEqual(state);
  });

  test('a path that leads nowhere, and a buffer that lacks, are errors', () => {
    const buffers = [Uint8Array.of(1)];
    expect(() => joinBuffers({ state: {}, bufferPaths: [['a', 'b']], buffers })).toThrow('a buffer for a.b');
    expect(() => joinBuffers({ state: {}, bufferPaths: [], buffers })).toThrow(
      '1 buffers for 0 buffer paths',
    );
  });
});

describe('a widget', () => {
  test('opens with its layout and style as models of their own, by protocol 2.1', () => {
    const { host, sent } = recorded();
    const field = textField({ host, value: 'cat', description: 'Text', layout: { width: '9px' } });
    expect(sent.map(({ kind, metadata }) => [kind, metadata])).toEqual(
      Array(3).fill(['open', { version: '2.1.0' }]),
    );
    const states = sent.map(({ data }) => data.state as Record<string, unknown>);
    expect(states.map(({ _model_name }) => _model_name)).toEqual([
      'LayoutModel',
      'TextStyleModel',
      'TextModel',
    ]);
    expect(states[0]).toMatchObject({ _model_module: '@jupyter-widgets/base', width: '9px' });
    expect(states[2]).toMatchObject({
      _model_module: '@jupyter-widgets/controls',
      _model_module_version: '2.0.0',
      layout: 'IPY_MODEL_comm-0',
      style: 'IPY_MODEL_comm-1',
      value: 'cat',
    });
    expect(field[DISPLAY]()).toMatchObject({
      'application/vnd.jupyter.widget-view+json': { version_major: 2, version_minor: 0, model_id: 'comm-2' },
    });
  });

  test('sends bytes as buffers, and children as references', () => {
    const { host, sent } = recorded();
    const picture = pictureWidget({ host, value: Uint8Array.of(1, 2, 3) });
    expect(sent.at(-1)).toMatchObject({
      data: { buffer_paths: [['value']] },
      buffers: [Uint8Array.of(1, 2, 3)],
    });
    expect(sent.at(-1)?.data.state).not.toHaveProperty('value');
    box('vertical', [picture], { host });
    expect(sent.at(-1)?.data.state).toMatchObject({ children: [`IPY_MODEL_${picture.id}`] });
    picture.set({ value: Uint8Array.of(9) });
    expect(sent.at(-1)).toMatchObject({
      kind: 'msg',
      data: { method: 'update', state: {}, buffer_paths: [['value']] },
      buffers: [Uint8Array.of(9)],
    });
  });

  test("tells observers of the front end's changes, with their bytes, until they leave", () => {
    const { host, receive } = recorded();
    const upload = fileUpload({ host });
    const seen: unknown[] = [];
    const leave = upload.observe('value', (value) => seen.push(value));
    const update = {
      method: 'update',
      state: { value: [{ name: 'a.png' }] },
      buffer_paths: [['value', 0, 'content']],
    };
    receive(upload.id, structuredClone(update), [Uint8Array.of(7)]);
    leave();
    receive(upload.id, structuredClone(update), [Uint8Array.of(8)]);
    expect(seen).toEqual([[{ name: 'a.png', content: Uint8Array.of(7) }]]);
    expect(upload.get('value')).toEqual([{ name: 'a.png', content: Uint8Array.of(8) }]);
  });

  test('answers a request of its state with what it is now, and sends nothing once closed', () => {
    const { host, sent, receive } = recorded();
    const weight = slider({ host, value: 1, min: 0, max: 1, step: 0.1 });
    receive(weight.id, { method: 'update', state: { value: 0.5 } });
    receive(weight.id, { method: 'request_state' });
    expect(sent.at(-1)?.data).toMatchObject({
      method: 'update',
      state: { value: 0.5, _model_name: 'FloatSliderModel' },
    });
    weight.close();
    const count = sent.length;
    weight.set({ value: 1 });
    weight.close();
    expect(sent.length).toBe(count);
    expect(sent.at(-1)?.kind).toBe('close');
  });

  test('reports what observers throw, now or later, and tells the others', async () => {
    const { host, receive } = recorded();
    const failures: unknown[] = [];
    const field = textField({ host, failed: (error) => failures.push((error as Error).message) });
    const seen: unknown[] = [];
    field.observe('value', () => {
      throw new Error('now');
    });
    field.observe('value', () => Promise.reject(new Error('later')));
    field.observe('value', (value) => seen.push(value));
    receive(field.id, { method: 'update', state: { value: 'x' } });
    receive(field.id, { method: 'update', state: {}, buffer_paths: [['value', 0]] });
    await new Promise((done) => setTimeout(done, 0));
    expect(seen).toEqual(['x']);
    expect(failures.sort()).toEqual(["A widget's message has 0 buffers for 1 buffer paths.", 'later', 'now']);
  });

  test('without a kernel says what it needs', () => {
    expect(() => textField()).toThrow('Widgets need a notebook with this kernel');
  });
});

describe('latest', () => {
  test('runs once for changes close together, one at a time, and again for what came meanwhile', async () => {
    const seen: number[] = [];
    let value = 0;
    let running = 0;
    const changed = latest(
      async () => {
        expect(++running).toBe(1);
        seen.push(value);
        await new Promise((done) => setTimeout(done, 60));
        running--;
      },
      10,
      () => {},
    );
    for (value = 1; value < 5; value++) changed();
    value = 5;
    await new Promise((done) => setTimeout(done, 40));
    value = 6;
    changed();
    await changed.settled();
    expect(seen).toEqual([5, 6]);
    changed.stop();
    changed();
    await changed.settled();
    expect(seen).toEqual([5, 6]);
  });

  test('an error is reported, and the next change is answered', async () => {
    const failures: unknown[] = [];
    let runs = 0;
    const changed = latest(
      () => {
        if (++runs === 1) throw new Error('first');
      },
      1,
      (error) => failures.push(error),
    );
    changed();
    await changed.settled();
    changed();
    await changed.settled();
    expect(runs).toBe(2);
    expect(failures).toEqual([new Error('first')]);
  });
});
