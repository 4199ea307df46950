/** tslab's display API, for cells that import `tslab`: https://github.com/yunabe/tslab */
import { randomUUID } from 'node:crypto';
import { sendable } from './bundle.ts';
import { toBase64 } from './bytes.ts';
import type { Tslab, TslabDisplay } from './tslab.types.ts';
import type { DisplaySink } from './types.ts';

export type { Tslab, TslabDisplay } from './tslab.types.ts';

/** The version of tslab whose API this is, and of the TypeScript that cells are checked with. */
const VERSIONS = { tslab: '1.0.22', typescript: '7.0.2', node: process.version };

function createTslabDisplay(sink: DisplaySink, displayId?: string): TslabDisplay {
  let shown = false;
  const raw = (contentType: string, content: string | Uint8Array): void => {
    // As in tslab, bytes of whatever type become base64.
    const data = sendable({
      [contentType]: content instanceof Uint8Array ? toBase64(content) : content,
    });
    if (displayId === undefined) sink.display({ data });
    else if (shown) sink.update({ data, displayId });
    else sink.display({ data, displayId });
    shown = true;
  };
  return {
    javascript: (s) => raw('text/javascript', s),
    html: (s) => raw('text/html', s),
    markdown: (s) => raw('text/markdown', s),
    latex: (s) => raw('text/latex', s),
    svg: (s) => raw('image/svg+xml', s),
    png: (b) => raw('image/png', b),
    jpeg: (b) => raw('image/jpeg', b),
    gif: (b) => raw('image/gif', b),
    pdf: (b) => raw('application/pdf', b),
    text: (s) => raw('text/plain', s),
    raw,
  };
}

/** What a cell gets that imports `tslab`. */
export function createTslab(sink: DisplaySink): Tslab {
  return {
    versions: VERSIONS,
    display: createTslabDisplay(sink),
    newDisplay: () => createTslabDisplay(sink, randomUUID()),
  };
}
