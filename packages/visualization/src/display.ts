/** How a value shows itself: https://docs.deno.com/runtime/reference/cli/jupyter/#rich-content-output */

/** A notebook shows an object by calling the method with this name, which answers with a MIME bundle. */
export const DISPLAY = Symbol.for('Jupyter.display');

/** MIME type to content: text, base64 for pictures, or JSON. */
export type MimeBundle = Record<string, unknown>;

/** A value that shows itself in a notebook. */
export interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}
