/** Files that are dropped on a playground, and sounds that are recorded. */
import { readFileSync } from 'node:fs';
import type { MimeBundle } from '@quire/visualization';

/** Keeps the keys of a control from JupyterLab. */
const OWN_KEYS = 'data-lm-suppress-shortcuts="true"';

let text: string | undefined;

/** The page's script, without comments and indentation. */
function script(): string {
  text ??= readFileSync(new URL('./files-page.js', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//') && line !== 'export {};')
    .join('\n');
  return text;
}

/**
 * An output beside the upload buttons of `kinds`, in this order, that hands them what is dropped on the cell's outputs, and
 * what is recorded where sounds are among them. It needs scripts.
 */
export function filesOutput(kinds: readonly ('picture' | 'sound')[]): MimeBundle {
  const record = kinds.includes('sound')
    ? `<button type="button" ${OWN_KEYS} class="jupyter-widgets jupyter-button" style="width:240px">Record a sound</button> `
    : '';
  const hint = `A ${kinds.join(' and a ')} may be dropped here.`;
  return {
    'text/html':
      `<div hidden>${record}<span style="font-size:12px;opacity:0.7">${hint}</span> <span role="status" style="font-size:12px"></span></div>` +
      `<script>((host, kinds) => {\n${script()}\n})(document.currentScript.previousElementSibling, ${JSON.stringify(kinds)})</script>`,
    'text/plain': '',
  };
}
