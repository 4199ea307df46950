import { describe, expect, it } from 'vitest';
import { formatValue } from './format.ts';
import { createDisplay } from './index.ts';
import { createTslab } from './tslab.ts';
import type { DisplaySink } from './types.ts';

function setup() {
  const calls: unknown[] = [];
  const sink: DisplaySink = {
    display: (output) => calls.push(['display', output]),
    update: (output) => calls.push(['update', output]),
    clear: (wait) => calls.push(['clear', wait]),
    stream: (name, text) => calls.push([name, text]),
  };
  return { calls, sink };
}

describe('display', () => {
  it('shows a value and replaces it by its handle', async () => {
    const { calls, sink } = setup();
    const handle = createDisplay(sink).display(1, { metadata: { m: 1 } });
    await handle.update(2);
    const { displayId } = handle;
    expect(calls).toEqual([
      ['display', { data: { 'text/plain': '1' }, displayId, metadata: { m: 1 } }],
      ['update', { data: { 'text/plain': '2' }, displayId }],
    ]);
    expect(formatValue(handle)).toBeUndefined();
  });

  it('takes a bundle as it stands, and an id to be replaced under', async () => {
    const { calls, sink } = setup();
    const { display, updateDisplay } = createDisplay(sink);
    display({ 'text/html': '<b>' }, { raw: true, displayId: 'x' });
    await updateDisplay('new', { displayId: 'x' });
    expect(calls).toEqual([
      ['display', { data: { 'text/html': '<b>' }, displayId: 'x' }],
      ['update', { data: { 'text/plain': "'new'" }, displayId: 'x' }],
    ]);
    await expect(updateDisplay('new', {} as never)).rejects.toThrow(/displayId/);
  });

  it('clears, waiting when asked', () => {
    const { calls, sink } = setup();
    const { clearOutput } = createDisplay(sink);
    clearOutput();
    clearOutput(true);
    clearOutput({ wait: true });
    expect(calls).toEqual([
      ['clear', false],
      ['clear', true],
      ['clear', true],
    ]);
  });

  it('refuses bytes that are not the picture or sound they are said to be', () => {
    const { png, jpeg, audio, image } = createDisplay(setup().sink);
    for (const make of [png, jpeg, audio, image]) expect(() => make(new Uint8Array(20))).toThrow(TypeError);
  });
});

describe('tslab’s display', () => {
  it('puts each call into an output of its own, and those of newDisplay into one', () => {
    const { calls, sink } = setup();
    const tslab = createTslab(sink);
    tslab.display.html('<p>');
    tslab.display.png(new Uint8Array([1, 2]));
    const one = tslab.newDisplay();
    one.text('a');
    one.markdown('b');
    expect(calls.map((call) => (call as unknown[])[0])).toEqual(['display', 'display', 'display', 'update']);
    expect(calls[1]).toEqual(['display', { data: { 'image/png': 'AQI=' } }]);
    expect((calls[2] as [string, { displayId: string }])[1].displayId).toBe(
      (calls[3] as [string, { displayId: string }])[1].displayId,
    );
  });
});
