import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatValue } from './format.ts';
import { createDisplay } from './index.ts';
import { createTslab } from './tslab.ts';
import { DISPLAY, type DisplaySink, type MimeBundle } from './types.ts';

function setup() {
  const calls: unknown[] = [];
  const sink: DisplaySink = {
    display: (output) => calls.push(['display', output]),
    update: (output) => calls.push(['update', output]),
    clear: (wait) => calls.push(['clear', wait]),
    stream: (name, text) => calls.push([name, text]),
  };
  /** What was shown and updated, as text. */
  const texts = () =>
    calls.map((call) => {
      const [kind, output] = call as [string, { data: MimeBundle }];
      return `${kind} ${output.data['text/plain']}`;
    });
  return { calls, texts, sink, ...createDisplay(sink) };
}

/** A value whose display comes when `resolve` is called. */
function later() {
  let resolve!: (text: string) => void;
  const promise = new Promise<string>((done) => {
    resolve = done;
  });
  return { resolve, value: { [DISPLAY]: async () => ({ 'text/plain': await promise }) } };
}

describe('display', () => {
  it('shows a value and replaces it by its handle', async () => {
    const { calls, display } = setup();
    const handle = display(1, { metadata: { m: 1 } });
    await handle.update(2);
    const { displayId } = handle;
    expect(calls).toEqual([
      ['display', { data: { 'text/plain': '1' }, displayId, metadata: { m: 1 } }],
      ['update', { data: { 'text/plain': '2' }, displayId }],
    ]);
  });

  it('returns a handle that is not shown itself, and that await leaves alone', async () => {
    const { display, updateDisplay } = setup();
    const handle = display(1);
    expect(formatValue(handle)).toBeUndefined();
    expect(formatValue(handle.update(2))).toBeUndefined();
    expect(formatValue(updateDisplay(2, { displayId: 'x' }))).toBeUndefined();
    expect(await handle).toBe(handle);
  });

  it('takes a bundle as it stands, and an id to be replaced under', async () => {
    const { calls, display, updateDisplay } = setup();
    display({ 'text/html': '<b>' }, { raw: true, displayId: 'x' });
    await updateDisplay('new', { displayId: 'x' });
    expect(calls).toEqual([
      ['display', { data: { 'text/html': '<b>' }, displayId: 'x' }],
      ['update', { data: { 'text/plain': "'new'" }, displayId: 'x' }],
    ]);
    await expect(updateDisplay('new', {} as never)).rejects.toThrow(/displayId/);
  });

  it('refuses a bundle and metadata that cannot be sent, before anything is', async () => {
    const { calls, display } = setup();
    expect(() => display('<b>', { raw: true })).toThrow(/MIME bundle/);
    expect(() => display({ html: '<b>' }, { raw: true })).toThrow(/MIME type/);
    expect(() => display(1, { metadata: { n: 1n } })).toThrow(TypeError);
    expect(calls).toEqual([]);
    await expect(display(1).update('<b>', { raw: true })).rejects.toThrow(/MIME bundle/);
  });

  it('sends the metadata that raw() was given', () => {
    const { calls, display, raw } = setup();
    display(raw({ 'text/plain': 'x' }, { isolated: true }), { displayId: 'x' });
    expect(calls).toEqual([
      ['display', { data: { 'text/plain': 'x' }, displayId: 'x', metadata: { isolated: true } }],
    ]);
  });

  it('shows several values, each as an output of its own', () => {
    const { calls, display, texts } = setup();
    display(1, 'b', { c: 3 });
    display(1, 2, { displayId: 'x' });
    expect(texts()).toEqual(['display 1', "display 'b'", 'display { c: 3 }', 'display 1', 'display 2']);
    expect(calls.slice(3).map((call) => (call as [string, { displayId: string }])[1].displayId)).toEqual([
      'x',
      'x',
    ]);
  });

  it('takes for options only what can be nothing else', () => {
    const { display, texts } = setup();
    display(1, {});
    display(1, { displayId: 5 });
    display(1, { raw: true, other: 1 });
    display({ displayId: 'x' });
    display(1, new (class Options {})());
    display(1, undefined);
    display(1, { displayId: 'x', raw: undefined as never });
    expect(texts()).toEqual([
      ...['display 1', 'display {}'],
      ...['display 1', 'display { displayId: 5 }'],
      ...['display 1', 'display { raw: true, other: 1 }'],
      "display { displayId: 'x' }",
      ...['display 1', 'display Options {}'],
      'display 1',
      'display 1',
    ]);
  });

  it('shows undefined when asked to', () => {
    const { display, texts } = setup();
    display(undefined);
    expect(texts()).toEqual(['display undefined']);
  });

  it('shows what comes later when it comes, and tells', async () => {
    const { display, texts } = setup();
    const slow = later();
    const handle = display(slow.value);
    display('now');
    expect(texts()).toEqual(["display 'now'"]);
    slow.resolve('slow');
    await handle.done;
    expect(texts()).toEqual(["display 'now'", 'display slow']);
  });

  it('keeps the latest that was asked for, in whatever order it comes', async () => {
    const { display, updateDisplay, texts } = setup();
    const [first, second, third] = [later(), later(), later()];
    const handle = display('begin');
    const updates = [handle.update(first.value), handle.update(second.value)];
    second.resolve('second');
    await updates[1];
    first.resolve('first');
    await updates[0];
    expect(texts()).toEqual(["display 'begin'", 'update second']);
    const pending = handle.update(third.value);
    await updateDisplay('now', { displayId: handle.displayId });
    third.resolve('third');
    await pending;
    expect(texts().slice(2)).toEqual(["update 'now'"]);
    await handle.update('end');
    expect(texts().slice(3)).toEqual(["update 'end'"]);
  });

  it('shows at once what replaced it while its display was to come', async () => {
    const { display, texts } = setup();
    const slow = later();
    const handle = display(slow.value);
    await handle.update('newer');
    slow.resolve('old');
    await handle.done;
    expect(texts().at(-1)).toBe("display 'newer'");
  });

  it('clears, waiting when asked', () => {
    const { calls, clearOutput } = setup();
    clearOutput();
    clearOutput(true);
    clearOutput({ wait: true });
    expect(calls).toEqual([
      ['clear', false],
      ['clear', true],
      ['clear', true],
    ]);
  });

  it('gives cells these functions', () => {
    expect(Object.keys(createDisplay(setup().sink)).sort()).toEqual(
      [
        ...['audio', 'clearOutput', 'display', 'html', 'image', 'javascript', 'jpeg', 'json', 'latex'],
        ...['markdown', 'plotly', 'png', 'progress', 'raw', 'svg', 'updateDisplay', 'vegaLite'],
      ].sort(),
    );
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
    expect(tslab.newDisplay()).not.toBe(one);
  });

  it('has tslab’s methods with its types of content', () => {
    const { calls, sink } = setup();
    const { display } = createTslab(sink);
    const { javascript, latex, svg, jpeg, gif, pdf, raw } = display;
    for (const show of [javascript, latex, svg]) show('x');
    for (const show of [jpeg, gif, pdf]) show(new Uint8Array([1, 2]));
    raw('text/x-own', new Uint8Array([1, 2]));
    raw('application/vnd.vegalite.v4+json', { mark: 'bar' } as never);
    expect(calls.map((call) => (call as [string, { data: MimeBundle }])[1].data)).toEqual([
      { 'text/javascript': 'x' },
      { 'text/latex': 'x' },
      { 'image/svg+xml': 'x' },
      { 'image/jpeg': 'AQI=' },
      { 'image/gif': 'AQI=' },
      { 'application/pdf': 'AQI=' },
      { 'text/x-own': 'AQI=' },
      { 'application/vnd.vegalite.v4+json': { mark: 'bar' } },
    ]);
    expect(Object.keys(display).sort()).toEqual(
      ['gif', 'html', 'javascript', 'jpeg', 'latex', 'markdown', 'pdf', 'png', 'raw', 'svg', 'text'].sort(),
    );
  });

  it('tells the version of TypeScript that the kernel depends on', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const { versions } = createTslab(setup().sink);
    expect(versions.typescript).toBe(manifest.dependencies.typescript);
    expect(versions.node).toBe(process.version);
  });
});
