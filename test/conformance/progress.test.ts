/** Progress bars: in place, not too often, and with what tqdm tells. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conformance, Kernel, type Message, type Request, stopped } from './kernel.ts';

conformance('progress', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
    await kernel.run('const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));');
  });
  afterAll(() => stopped(kernel));

  interface Bar {
    /** The lines that it showed, in order. */
    lines: string[];
    html: string[];
    at: number[];
  }

  /** What each bar showed, by its place on the page. */
  function bars(request: Request): Bar[] {
    const found = new Map<string, Bar>();
    const add = ({ content, at }: Message, first: boolean): void => {
      const id = (content.transient as { display_id: string }).display_id;
      expect(found.has(id), 'a bar is shown once, and then updated').toBe(!first);
      const bar = found.get(id) ?? { lines: [], html: [], at: [] };
      const data = content.data as Record<string, string>;
      bar.lines.push(data['text/plain'] as string);
      bar.html.push(data['text/html'] as string);
      bar.at.push(at);
      found.set(id, bar);
    };
    for (const message of request.iopub()) {
      if (message.header.msg_type === 'display_data') add(message, true);
      if (message.header.msg_type === 'update_display_data') add(message, false);
    }
    return [...found.values()];
  }

  test('a loop over an array runs as without it, and its one bar ends full', async () => {
    const request = await kernel.run(
      "const seen: string[] = [];\nfor (const word of progress(['a', 'b', 'c'])) seen.push(word.toUpperCase());\nconsole.log(seen.join());",
    );
    expect(request.stdout).toBe('A,B,C\n');
    const [bar, ...others] = bars(request);
    expect(others).toEqual([]);
    expect(bar?.lines[0]).toMatch(/ 0%.*0\/3/);
    expect(bar?.lines.at(-1)).toMatch(/100%.*3\/3/);
  });

  test('it tells the count, the rate and the time left', async () => {
    const request = await kernel.run(
      'for (const _ of progress(Array.from({ length: 20 }))) await pause(60);',
    );
    const [bar] = bars(request);
    const middle = bar?.lines.slice(1, -1) ?? [];
    expect(middle.length).toBeGreaterThanOrEqual(2);
    for (const line of middle)
      expect(line).toMatch(/\d+%\|.*\| \d+\/20 \[\d\d:\d\d<\d\d:\d\d, +[\d.]+it\/s\]/);
    const rate = Number(/([\d.]+)it\/s/.exec(bar?.lines.at(-1) ?? '')?.[1]);
    expect(rate).toBeGreaterThan(8);
    expect(rate).toBeLessThan(17);
    const counts = middle.map((line) => Number(/ (\d+)\/20/.exec(line)?.[1]));
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  test('in the notebook it is a bar, with its line as text for other places', async () => {
    const [bar] = bars(await kernel.run('for (const _ of progress([1, 2, 3, 4])) await pause(1);'));
    expect(bar?.html.at(-1)).toMatch(/<progress[^>]* value="4" max="4"/);
    expect(bar?.html.at(-1)).toContain('4/4');
  });

  test('a fast loop updates it a few times a second, and is hardly slower', async () => {
    const request = await kernel.run(
      'const end = Date.now() + 2000;\nlet turns = 0;\nfor (const _ of progress({ *[Symbol.iterator]() { while (Date.now() < end) yield turns++; } })) {}\nturns',
    );
    const [bar] = bars(request);
    expect(Number(request.text)).toBeGreaterThan(100_000);
    expect(bar!.lines.length).toBeGreaterThan(3);
    expect(bar!.lines.length).toBeLessThan(20);
    expect(bar?.lines.at(-1)).toContain(`${request.text}it`);
    // While the loop runs, and not all at its end.
    expect((bar?.at.at(-1) as number) - (bar?.at[0] as number)).toBeGreaterThan(1.5);
  });

  test('an async iterable', async () => {
    const request = await kernel.run(
      'async function* source(): AsyncGenerator<number> { for (let i = 0; i < 5; i++) { await pause(5); yield i; } }\nlet sum = 0;\nfor await (const n of progress(source(), { total: 5 })) sum += n;\nsum',
    );
    expect(request.text).toBe('10');
    expect(bars(request)[0]?.lines.at(-1)).toMatch(/100%.*5\/5/);
  });

  test('a total, moved by hand, with a description and values', async () => {
    const request = await kernel.run(
      "const bar = progress(100, { description: 'epoch', unit: 'step' });\nfor (let i = 0; i < 4; i++) { await pause(150); bar.update(25); bar.setPostfix({ loss: 1 / (i + 1) }); }\nbar.close();",
    );
    const [bar] = bars(request);
    expect(bar?.lines.at(-1)).toMatch(/^epoch: 100%.*100\/100.*step\/s.*loss=0\.25/);
  });

  test('nested bars each have their place', async () => {
    const request = await kernel.run(
      "for (const epoch of progress([1, 2], { description: 'epochs' })) for (const batch of progress([1, 2, 3], { description: `batches ${epoch}` })) await pause(50);",
    );
    const all = bars(request);
    expect(all).toHaveLength(3);
    expect(all.map(({ lines }) => lines.at(-1)?.split(':')[0])).toEqual(['epochs', 'batches 1', 'batches 2']);
    for (const { lines } of all) expect(lines.at(-1)).toContain('100%');
  });

  test('a loop that is left early, by a break or an error, closes its bar where it stood', async () => {
    const [left] = bars(await kernel.run('for (const n of progress([1, 2, 3, 4])) { if (n === 3) break; }'));
    expect(left?.lines.at(-1)).toMatch(/2\/4|3\/4/);
    const failing = await kernel.execute(
      "for (const n of progress([1, 2, 3, 4])) { if (n === 2) throw new Error('in the loop'); }",
    );
    expect(failing.error.evalue).toBe('in the loop');
    expect(bars(failing)[0]?.lines.at(-1)).toMatch(/1\/4|2\/4/);
  });

  test('the bar of a generator that tells no length counts', async () => {
    const request = await kernel.run(
      'function* some(): Generator<number> { yield* [1, 2, 3]; }\nfor (const _ of progress(some())) await pause(1);',
    );
    expect(bars(request)[0]?.lines.at(-1)).toMatch(/^3it \[/);
  });

  test('printing within the loop keeps its order with the bar', async () => {
    const request = await kernel.run("for (const n of progress([1, 2, 3])) console.log('step', n);");
    expect(request.stdout).toBe('step 1\nstep 2\nstep 3\n');
    expect(bars(request)).toHaveLength(1);
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
