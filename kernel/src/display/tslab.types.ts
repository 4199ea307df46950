/** The types of the module `tslab`, as cells import it: https://github.com/yunabe/tslab/blob/master/src/public.ts */

export interface Versions {
  tslab: string;
  typescript: string;
  node: string;
}

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
  /** Content of any MIME type, bytes as base64. */
  raw(contentType: string, b: string | Uint8Array): void;
}

export interface Tslab {
  /** The versions of what plays tslab's part here. */
  readonly versions: Versions;
  /** Utility functions to display rich contents. */
  readonly display: TslabDisplay;
  /** A display whose calls show one output, and overwrite it. */
  newDisplay(): TslabDisplay;
}
