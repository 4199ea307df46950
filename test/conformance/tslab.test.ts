/** Notebooks made for tslab: its display API, as its own declarations give it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conformance, Kernel, type Request, stopped } from './kernel.ts';

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

conformance('tslab’s display API', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
    await kernel.run("import * as tslab from 'tslab';");
  });
  afterAll(() => stopped(kernel));

  const bundles = (request: Request, type = 'display_data'): unknown[] =>
    request.iopub(type).map(({ content }) => content.data);

  test.each([
    ['html', "'<b>html</b>'", 'text/html', '<b>html</b>'],
    ['markdown', "'# title'", 'text/markdown', '# title'],
    ['latex', "'$x$'", 'text/latex', '$x$'],
    ['svg', "'<svg></svg>'", 'image/svg+xml', '<svg></svg>'],
    ['javascript', "'alert(1)'", 'text/javascript', 'alert(1)'],
    ['text', "'plain'", 'text/plain', 'plain'],
    ['png', `Buffer.from('${PNG}', 'base64')`, 'image/png', PNG],
    ['jpeg', 'new Uint8Array([255, 216, 255])', 'image/jpeg', '/9j/'],
    ['gif', 'new Uint8Array([71, 73, 70])', 'image/gif', 'R0lG'],
    ['pdf', 'new Uint8Array([37, 80, 68, 70])', 'application/pdf', 'JVBERg=='],
  ])('display.%s', async (name, argument, type, content) => {
    const request = await kernel.run(`tslab.display.${name}(${argument});`);
    expect(bundles(request)).toEqual([{ [type]: content }]);
  });

  test('display.raw takes any type, as text or bytes', async () => {
    const request = await kernel.run(
      "tslab.display.raw('text/x-own', 'own'); tslab.display.raw('image/x-own', new Uint8Array([1, 2, 3]));",
    );
    expect(bundles(request)).toEqual([{ 'text/x-own': 'own' }, { 'image/x-own': 'AQID' }]);
  });

  test('newDisplay() shows once, and then replaces what it showed', async () => {
    const request = await kernel.run(
      "const place = tslab.newDisplay();\nplace.text('first');\nplace.html('<i>second</i>');",
    );
    expect(bundles(request)).toEqual([{ 'text/plain': 'first' }]);
    expect(bundles(request, 'update_display_data')).toEqual([{ 'text/html': '<i>second</i>' }]);
    const id = (request.iopub('display_data')[0]!.content.transient as { display_id?: string }).display_id;
    expect(id).toBeTruthy();
    expect(request.iopub('update_display_data')[0]?.content.transient).toEqual({ display_id: id });
    const later = await kernel.run("place.text('third');");
    expect(later.iopub('update_display_data')[0]?.content.transient).toEqual({ display_id: id });
  });

  test('named imports, versions and types', async () => {
    await kernel.run(
      "import { display as show, newDisplay } from 'tslab';\nimport type { Display } from 'tslab';\nconst typed: Display = newDisplay();",
    );
    expect(bundles(await kernel.run("show.html('<u>named</u>');"))).toEqual([
      { 'text/html': '<u>named</u>' },
    ]);
    expect(
      await kernel.value(
        'Object.values(tslab.versions).every((version) => typeof version === "string" && version.length > 0)',
      ),
    ).toBe(true);
    expect((await kernel.execute('tslab.display.html(5);')).error.traceback).toContain('TS2345');
  });

  test('require gives it too', async () => {
    const request = await kernel.run(
      "const required = require('tslab');\nrequired.display.html('<b>required</b>');",
    );
    expect(bundles(request)).toEqual([{ 'text/html': '<b>required</b>' }]);
    expect(await kernel.value("typeof require('node:path').join + typeof require.resolve")).toBe(
      'functionfunction',
    );
  });

  test('a cell of tslab’s own example runs', async () => {
    const request = await kernel.run(`import * as tslab from 'tslab';
let s: string = 'Hello';
const draw = (n: number): void => tslab.display.svg(\`<svg xmlns="http://www.w3.org/2000/svg" width="\${n}" height="10"></svg>\`);
draw(10);
s`);
    expect(request.iopub('display_data')).toHaveLength(1);
    expect(request.text).toContain('Hello');
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
