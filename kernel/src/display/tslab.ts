/** tslab's display API, for cells that import `tslab`: https://github.com/yunabe/tslab */
import { randomUUID } from 'node:crypto';
import { toBase64 } from './bytes.ts';
import type { DisplaySink } from './types.ts';

export interface TslabDisplay {
  javascript(s: string): void;
  html(s: string): void;
  markdown(s: string): void;
  latex(s: string): void;
  svg(s: string): void;
  png(b: Uint8Array): void;
  jpeg(b: Uint8Array): void;
  gif(b: Uint8Array): void;
  pdf(b: Uint8Array): void;
  text(s: string): void;
  raw(contentType: string, b: string | Uint8Array): void;
}

export interface Tslab {
  /** Versions of what plays tslab's part here. */
  readonly versions: { tslab: string; typescript: string; node: string };
  /** Shows rich content. */
  readonly display: TslabDisplay;
  /** A display whose calls overwrite one output. */
  newDisplay(): TslabDisplay;
}

/** The version of tslab whose API this is, and of the TypeScript that cells are checked with. */
const VERSIONS = { tslab: '1.0.22', typescript: '7.0.2', node: process.version };

function createDisplay(sink: DisplaySink, displayId?: string): TslabDisplay {
  let shown = false;
  const raw = (contentType: string, content: string | Uint8Array): void => {
    const data = { [contentType]: typeof content === 'string' ? content : toBase64(content) };
    if (displayId !== undefined && shown) sink.update({ data, displayId });
    else sink.display({ data, ...(displayId === undefined ? {} : { displayId }) });
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

export function createTslab(sink: DisplaySink): Tslab {
  return {
    versions: VERSIONS,
    display: createDisplay(sink),
    newDisplay: () => createDisplay(sink, randomUUID()),
  };
}
