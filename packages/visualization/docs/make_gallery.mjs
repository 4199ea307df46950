/** Draws the gallery of the README anew, after a build: `node packages/visualization/docs/make_gallery.mjs`. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EXAMPLES } from '../dist/examples.js';
import * as v from '../dist/index.js';

const folder = fileURLToPath(new URL('./gallery/', import.meta.url));
await mkdir(folder, { recursive: true });
v.setTheme('light');
for (const { name, code } of EXAMPLES) {
  const figure = new Function('v', `return (${code})`)(v);
  if (figure instanceof v.Figure) await figure.save(`${folder}${name}.png`, { scale: 1 });
}
v.setTheme('dark');
const line = EXAMPLES.find(({ name }) => name === 'line');
await new Function('v', `return (${line.code})`)(v).save(`${folder}line-dark.png`, { scale: 1 });
process.exit();
