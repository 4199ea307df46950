/**
 * Draws the gallery of the README anew, after a build: `node packages/visualization/docs/make_gallery.mjs`,
 * or those whose names are given.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EXAMPLES } from '../dist/examples.js';
import * as v from '../dist/index.js';

const only = process.argv.slice(2);
const folder = fileURLToPath(new URL('./gallery/', import.meta.url));
await mkdir(folder, { recursive: true });
v.setTheme('light');
const AsyncFunction = (async () => {}).constructor;
const made = ({ code }) => new AsyncFunction('v', `return (${code})`)(v);
for (const example of EXAMPLES) {
  if (only.length > 0 && !only.includes(example.name)) continue;
  const shown = await made(example);
  if ('save' in shown) {
    await shown.save(`${folder}${example.name}.png`, { scale: 1 });
  }
}
v.setTheme('dark');
const line = EXAMPLES.find(({ name }) => name === 'line');
await (await made(line)).save(`${folder}line-dark.png`, { scale: 1 });
process.exit();
