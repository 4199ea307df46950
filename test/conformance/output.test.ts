/** Output: complete, in order, under its own cell, and rich. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conformance, Kernel, plain, sleep, stopped } from './kernel.ts';

/** A picture of one pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const GIF = 'R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=';
const JPEG_HEAD = '/9j/4AAQSkZJRgABAQEASABIAAD/2Q==';

conformance('streams', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
    await kernel.run(
      "import { execSync, spawn, spawnSync } from 'node:child_process';\nimport { writeSync } from 'node:fs';",
    );
  });
  afterAll(() => stopped(kernel));

  test('console writes to standard output and error', async () => {
    const request = await kernel.run(
      "console.log('a', 1, { b: [2] }); console.error('bad'); console.info('c'); console.warn('worse'); console.debug('%s is %d', 'x', 5);",
    );
    expect(request.stdout).toBe('a 1 { b: [ 2 ] }\nc\nx is 5\n');
    expect(request.stderr).toBe('bad\nworse\n');
  });

  test('all of console works: table, dir, group, count, assert, time', async () => {
    const { stdout, stderr } = await kernel.run(
      "console.table([{ a: 1, b: 'x' }]); console.group('g'); console.log('inside'); console.groupEnd(); console.count('n'); console.dir({ deep: { er: { still: { here: 1 } } } }, { depth: 9 }); console.time('t'); console.timeEnd('t'); console.assert(false, 'not so');",
    );
    expect(stdout).toMatch(/│ 0 +│ 1 +│ 'x' +│/);
    expect(stdout).toContain('g\n  inside\n');
    expect(stdout).toContain('n: 1');
    expect(stdout).toContain('here: 1');
    expect(stdout).toMatch(/t: [\d.]+ ?ms/);
    expect(stderr).toContain('not so');
  });

  test('process.stdout.write takes text, bytes and parts of characters, in order with console', async () => {
    const request = await kernel.run(`process.stdout.write('one ');
process.stdout.write(Buffer.from('two '));
console.log('three');
const face = Buffer.from('😀');
process.stdout.write(face.subarray(0, 2));
process.stdout.write(face.subarray(2));
process.stdout.write('\\n', () => console.log('written'));
await new Promise((done) => setTimeout(done, 20));`);
    expect(request.stdout).toBe('one two three\n😀\nwritten\n');
  });

  test('streams and displays keep their order', async () => {
    const request = await kernel.run(
      "console.log('1'); console.error('2'); display(3); console.log('4'); display('5'); console.error('6'); 7",
    );
    const order = request.iopub().flatMap(({ header, content }) => {
      if (header.msg_type === 'stream') return [String(content.text).trim()];
      if (header.msg_type === 'display_data' || header.msg_type === 'execute_result')
        return [plain(String((content.data as Record<string, unknown>)['text/plain'])).replace(/['"]/g, '')];
      return [];
    });
    expect(order).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  test('many small writes come in few messages, and soon', async () => {
    const request = await kernel.run('for (let i = 0; i < 5_000; i++) console.log(i);');
    expect(request.stdout.split('\n')).toHaveLength(5_001);
    expect(request.iopub('stream').length).toBeLessThan(100);
    const slow = await kernel.begin(
      "console.log('first'); await new Promise((done) => setTimeout(done, 1000)); console.log('second');",
    );
    await slow.end();
    const [first, second] = slow.iopub('stream');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(0.7);
  });

  test('what was printed before a long computation is shown while it computes', async () => {
    const request = await kernel.begin(
      "console.log('about to compute'); for (const end = Date.now() + 1500; Date.now() < end; ); console.log('done');",
    );
    await request.end();
    const [first, last] = [request.iopub('stream')[0], request.iopub('stream').at(-1)];
    expect(String(first?.content.text)).toBe('about to compute\n');
    expect((last?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1);
  });

  test('output of a cell that computes without a pause comes while it computes', async () => {
    const request = await kernel.run(
      "console.log('first'); const end = Date.now() + 1000; let turns = 0; while (Date.now() < end) { if (++turns % 1_000_000 === 0) console.log('more'); }\nconsole.log('last');",
    );
    const at = request.iopub('stream').map((message) => message.at);
    expect((at.at(-1) as number) - (at[0] as number)).toBeGreaterThan(0.5);
  });

  test('100,000 lines arrive, all of them, in order, before the cell is idle', async () => {
    const request = await kernel.run("for (let i = 0; i < 100_000; i++) console.log('line', i);", {
      seconds: 30,
    });
    const expected = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join('');
    expect(request.stdout.length).toBe(expected.length);
    expect(request.stdout === expected).toBe(true);
    expect(request.iopubTypes.at(-1)).toBe('status');
    expect(request.iopub('stream').every((message) => message.parent_header.msg_id === request.id)).toBe(
      true,
    );
    const next = await kernel.run('1');
    expect(next.stdout).toBe('');
  });

  test('100,000 lines with a pause after each thousand, and errors between', async () => {
    const request = await kernel.run(
      "for (let i = 0; i < 100_000; i++) { if (i % 1000 === 0) { await null; console.error('mark', i); } console.log(i); }",
      { seconds: 30 },
    );
    expect(
      request.stdout
        .split('\n')
        .filter(Boolean)
        .every((line, i) => line === String(i)),
    ).toBe(true);
    expect(request.stdout.split('\n')).toHaveLength(100_001);
    expect(request.stderr.split('\n')).toHaveLength(101);
  });

  test('what a child process writes on the output that it inherits comes in order', async () => {
    const request = await kernel.run(
      "console.log('before'); execSync('echo from the child; echo its error >&2', { stdio: 'inherit' }); console.log('between'); spawnSync('echo', ['second child'], { stdio: ['ignore', 'inherit', 'inherit'] }); console.log('after');",
    );
    expect(request.stdout).toBe('before\nfrom the child\nbetween\nsecond child\nafter\n');
    expect(request.stderr).toBe('its error\n');
  });

  test('so does what a child writes while the cell awaits it', async () => {
    const request = await kernel.run(
      "console.log('before'); await new Promise((done) => spawn('sh', ['-c', 'echo one; sleep 0.2; echo two'], { stdio: 'inherit' }).on('exit', done)); console.log('after');",
    );
    expect(request.stdout).toBe('before\none\ntwo\nafter\n');
  });

  test('what is written on the file descriptors 1 and 2 is output too', async () => {
    const request = await kernel.run(
      "writeSync(1, 'on descriptor one\\n'); writeSync(2, 'on descriptor two\\n'); await new Promise((done) => setTimeout(done, 100));",
    );
    expect(request.stdout).toBe('on descriptor one\n');
    expect(request.stderr).toBe('on descriptor two\n');
  });

  test('a lot from a child arrives, all of it', async () => {
    const request = await kernel.run("execSync('seq 1 100000', { stdio: 'inherit' });", { seconds: 30 });
    await request.until('all lines', () => request.stdout.endsWith('100000\n'), 5);
    expect(
      request.stdout
        .split('\n')
        .filter(Boolean)
        .every((line, i) => line === String(i + 1)),
    ).toBe(true);
  });

  test('output after the cell’s end stays with its cell, while others run', async () => {
    const background = await kernel.run(
      "void (async () => { for (let i = 0; i < 10; i++) { await new Promise((done) => setTimeout(done, 40)); console.log('background', i); } })(); setTimeout(() => console.log('timer'), 250); 0",
    );
    const other = await kernel.run(
      "for (let i = 0; i < 10; i++) { await new Promise((done) => setTimeout(done, 45)); console.log('other', i); }",
    );
    await background.until(
      'all of its output',
      () => background.stdout.includes('background 9') && background.stdout.includes('timer'),
      5,
    );
    expect(other.stdout).toBe(Array.from({ length: 10 }, (_, i) => `other ${i}\n`).join(''));
    expect(background.stdout.replace('timer\n', '')).toBe(
      Array.from({ length: 10 }, (_, i) => `background ${i}\n`).join(''),
    );
  });

  test('no output strays to the next cell', async () => {
    const requests = [];
    for (let i = 0; i < 30; i++)
      requests.push(await kernel.begin(`for (let i = 0; i < 1000; i++) console.log('cell ${i}');`));
    for (const [i, request] of requests.entries()) {
      await request.end();
      expect(request.stdout).toBe(`cell ${i}\n`.repeat(1000));
    }
  });

  test('10 MB in one piece', async () => {
    const request = await kernel.run("process.stdout.write('x'.repeat(10_000_000));");
    expect(request.stdout.length).toBe(10_000_000);
    const shown = await kernel.run(
      "display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'y'.repeat(10_000_000) }) })",
    );
    expect(String(shown.shown[0]?.['text/plain']).length).toBe(10_000_000);
  });

  test('100 MB in lines, in one write, and as a result', async () => {
    const lines = await kernel.run(
      "const line = 'x'.repeat(999); for (let i = 0; i < 100_000; i++) console.log(line);",
      { seconds: 35 },
    );
    expect(lines.stdout.length).toBe(100_000_000);
    expect((await kernel.run('1 + 1')).text).toBe('2');
  }, 60_000);

  test('100 MB as one write', async () => {
    const once = await kernel.run("process.stdout.write('z'.repeat(100_000_000));", { seconds: 35 });
    expect(once.stdout.length).toBe(100_000_000);
    expect((await kernel.run('1 + 1')).text).toBe('2');
  }, 60_000);

  test('100 MB as one result', async () => {
    const result = await kernel.execute("'r'.repeat(100_000_000)", { seconds: 35 });
    expect(result.status).toBe('ok');
    expect((await kernel.run('1 + 1')).text).toBe('2');
  }, 60_000);

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});

conformance('displays', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  afterAll(() => stopped(kernel));

  /** The one bundle that a cell shows. */
  async function shown(code: string): Promise<Record<string, unknown>> {
    const request = await kernel.run(code);
    expect(request.shown, `${code}: ${request.everything}`).toHaveLength(1);
    return request.shown[0] as Record<string, unknown>;
  }

  test('display() shows a value as a result would be shown', async () => {
    const request = await kernel.run('display(41); display([1, 2]); 42');
    expect(request.iopubTypes.filter((type) => type.includes('display') || type.includes('result'))).toEqual([
      'display_data',
      'display_data',
      'execute_result',
    ]);
    expect(request.shown.map((bundle) => plain(String(bundle['text/plain'])))).toEqual([
      '41',
      '[ 1, 2 ]',
      '42',
    ]);
  });

  test('a display with an id is updated in place, from a later cell too', async () => {
    const first = await kernel.run("display('first', { displayId: 'place' });");
    expect(first.iopub('display_data')[0]?.content.transient).toEqual({ display_id: 'place' });
    const second = await kernel.run("updateDisplay('second', { displayId: 'place' });\nundefined");
    const update = second.iopub('update_display_data')[0];
    expect(update?.content.transient).toEqual({ display_id: 'place' });
    expect(String((update!.content.data as Record<string, unknown>)['text/plain'])).toContain('second');
    expect(second.shown).toEqual([]);
  });

  test('display() and updateDisplay() as the last line of a cell show nothing besides', async () => {
    expect((await kernel.run("display('alone', { displayId: 'alone' })")).shown).toHaveLength(1);
    expect((await kernel.run("updateDisplay('again', { displayId: 'alone' })")).shown).toEqual([]);
  });

  test('clearOutput() clears at once, or waits for the next output', async () => {
    const request = await kernel.run(
      "console.log('a'); clearOutput(); console.log('b'); clearOutput(true); console.log('c');",
    );
    expect(request.iopub('clear_output').map(({ content }) => content.wait)).toEqual([false, true]);
    expect(request.iopubTypes.slice(2, -1)).toEqual([
      'stream',
      'clear_output',
      'stream',
      'clear_output',
      'stream',
    ]);
  });

  test('a display that takes its time belongs to its cell, awaited or not', async () => {
    const request = await kernel.run(
      "const slow = { async [Symbol.for('Jupyter.display')]() { await new Promise((done) => setTimeout(done, 200)); return { 'text/markdown': '*slow*' }; } }; display(slow); 1",
    );
    expect(request.shown).toMatchObject([
      { 'text/markdown': '*slow*', 'text/plain': '*slow*' },
      { 'text/plain': '1' },
    ]);
  });

  test('an object’s own display method decides, in a result, a display and later', async () => {
    const own =
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>own</b>', 'text/plain': 'own' }) })";
    expect(await shown(own)).toEqual({ 'text/html': '<b>own</b>', 'text/plain': 'own' });
    expect(await shown(`display(${own});\nundefined`)).toEqual({
      'text/html': '<b>own</b>',
      'text/plain': 'own',
    });
    expect(
      await shown(
        "({ async [Symbol.for('Jupyter.display')]() { await new Promise((done) => setTimeout(done, 20)); return { 'text/markdown': '*later*' }; } })",
      ),
    ).toMatchObject({ 'text/markdown': '*later*' });
    await kernel.run(
      "class Money { constructor(readonly cents: number) {} [Symbol.for('Jupyter.display')]() { return { 'text/plain': `${(this.cents / 100).toFixed(2)} EUR` }; } }",
    );
    expect(await shown('new Money(1250)')).toMatchObject({ 'text/plain': '12.50 EUR' });
  });

  test('an array of records is a table, its text escaped', async () => {
    const bundle = await shown(
      "[{ name: 'Ada', score: 1.5 }, { name: '<script>alert(1)</script>', score: 2, extra: true }]",
    );
    const html = String(bundle['text/html']);
    expect(html).toMatch(/<table[\s\S]*<\/table>/);
    for (const heading of ['name', 'score', 'extra'])
      expect(html).toMatch(new RegExp(`<th[^>]*>${heading}</th>`));
    expect(html).toMatch(/<td[^>]*>Ada<\/td>/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<script>');
    expect(plain(String(bundle['text/plain']))).toContain('Ada');
  });

  test('a long table says how long it is, and stays short', async () => {
    const html = String(
      (await shown('Array.from({ length: 10_000 }, (_, i) => ({ i, square: i * i }))'))['text/html'],
    );
    expect(html.length).toBeLessThan(200_000);
    expect(html).toMatch(/(9,\d{3} more|10,000) rows/);
  });

  test('a plain array and an array of mixed things are no tables', async () => {
    for (const code of ['[1, 2, 3]', "[{ a: 1 }, 2, 'three']", '[]', '[[1, 2], [3, 4]]']) {
      expect((await shown(code))['text/html'], code).toBeUndefined();
    }
  });

  test.each([
    ["new Map([['a', 1], ['b', 2]])", /Map\(2\) \{ 'a' => 1, 'b' => 2 \}/],
    ['new Set([1, 2])', /Set\(2\) \{ 1, 2 \}/],
    ['new Float32Array([0.5, 1.5])', /Float32Array\(2\) \[ 0\.5, 1\.5 \]/],
    ["new TypeError('shown, not thrown')", /TypeError: shown, not thrown/],
    ['Promise.resolve(7)', /Promise \{ 7 \}/],
    ['new Promise(() => {})', /Promise \{ <pending> \}/],
    ['function named(): void {}\nnamed', /\[Function: named\]/],
    ['class Shape { sides = 4 }\nnew Shape()', /Shape \{ sides: 4 \}/],
    ["Symbol('s')", /Symbol\(s\)/],
    ['new Date(0)', /1970-01-01T00:00:00\.000Z/],
    ['/a+/gi', /\/a\+\/gi/],
    ['10n ** 20n', /100000000000000000000n/],
  ])('%s is shown well', async (code, text) => {
    expect(plain(String((await shown(code))['text/plain']))).toMatch(text);
  });

  test('a long array is cut, and says so', async () => {
    const text = String((await shown('Array.from({ length: 1_000_000 }, (_, i) => i)'))['text/plain']);
    expect(text.length).toBeLessThan(50_000);
    expect(text).toMatch(/more items/);
  });

  test.each([
    ['PNG', `Uint8Array.from(Buffer.from('${PNG}', 'base64'))`, 'image/png', PNG],
    ['JPEG', `Uint8Array.from(Buffer.from('${JPEG_HEAD}', 'base64'))`, 'image/jpeg', JPEG_HEAD],
    ['GIF', `Buffer.from('${GIF}', 'base64')`, 'image/gif', GIF],
  ])('bytes of a %s are a picture', async (_, code, type, content) => {
    expect((await shown(code))[type]).toBe(content);
  });

  test('bytes of an SVG are a picture, of a WAV a player, others are numbers', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>';
    expect((await shown(`new TextEncoder().encode('${svg}')`))['image/svg+xml']).toBe(svg);
    const wav = await shown(`const wave = Buffer.alloc(44 + 8);
wave.write('RIFF', 0); wave.writeUInt32LE(44, 4); wave.write('WAVEfmt ', 8); wave.writeUInt32LE(16, 16); wave.writeUInt16LE(1, 20); wave.writeUInt16LE(1, 22);
wave.writeUInt32LE(8000, 24); wave.writeUInt32LE(16000, 28); wave.writeUInt16LE(2, 32); wave.writeUInt16LE(16, 34); wave.write('data', 36); wave.writeUInt32LE(8, 40);
new Uint8Array(wave)`);
    expect(wav['audio/wav'] ?? wav['text/html']).toMatch(/UklGR/);
    const player = await shown('audio(wave)');
    expect(player['audio/wav'] ?? player['text/html']).toMatch(/UklGR/);
    const bytes = await shown('new Uint8Array([1, 2, 3])');
    expect(Object.keys(bytes)).toEqual(['text/plain']);
  });

  test.each([
    ["html('<i>html</i>')", 'text/html', '<i>html</i>'],
    ["markdown('# title')", 'text/markdown', '# title'],
    ["latex('$x^2$')", 'text/latex', '$x^2$'],
    ['json({ a: [1] })', 'application/json', { a: [1] }],
    [
      'svg(\'<svg xmlns="http://www.w3.org/2000/svg"></svg>\')',
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    ],
    [`png(Buffer.from('${PNG}', 'base64'))`, 'image/png', PNG],
    [`jpeg(Buffer.from('${JPEG_HEAD}', 'base64'))`, 'image/jpeg', JPEG_HEAD],
    [
      "plotly({ data: [{ x: [1, 2], y: [3, 4], type: 'scatter' }], layout: { title: 't' } })",
      'application/vnd.plotly.v1+json',
      { data: [{ x: [1, 2], y: [3, 4], type: 'scatter' }], layout: { title: 't' } },
    ],
  ])('%s is shown as %s', async (code, type, content) => {
    if (typeof content === 'object') expect((await shown(code))[type]).toMatchObject(content);
    else expect((await shown(code))[type]).toBe(content);
    expect((await shown(`display(${code});\nundefined`))[type]).toEqual((await shown(code))[type]);
  });

  test('Vega-Lite, in its newest version that front ends show', async () => {
    const bundle = await shown(
      "vegaLite({ data: { values: [{ a: 1 }] }, mark: 'bar', encoding: { x: { field: 'a', type: 'quantitative' } } })",
    );
    const type = Object.keys(bundle).find((key) => /^application\/vnd\.vegalite\.v[56]\+json$/.test(key));
    expect(type).toBeDefined();
    expect(bundle[type as string]).toMatchObject({ mark: 'bar' });
  });

  test('a promise that was displayed, an update of nothing and odd values do no harm', async () => {
    await kernel.run(
      "display(null); display(undefined); display(Object.create(null)); updateDisplay(1, { displayId: 'never shown' });",
    );
    await sleep(50);
    expect((await kernel.run('1')).text).toBe('1');
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
