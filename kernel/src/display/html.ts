/** HTML for outputs, and values that show themselves. */
import { DISPLAY, type Displayable, type MimeBundle } from './types.ts';

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const CHARACTERS = Object.fromEntries(Object.entries(ENTITIES).map(([char, entity]) => [entity, char]));

/** Text that is safe inside an HTML element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}

/** A value that shows itself as `bundle`. */
export class Shown implements Displayable {
  readonly #bundle: MimeBundle;
  /** What the front end is told about the output; by MIME type, or as a whole. */
  readonly metadata: Record<string, unknown> | undefined;

  constructor(bundle: MimeBundle, metadata?: Record<string, unknown>) {
    this.#bundle = bundle;
    this.metadata = metadata;
  }

  [DISPLAY](): MimeBundle {
    return this.#bundle;
  }
}

/** HTML that is taken as it stands, also inside another `html` template. */
export class Html implements Displayable {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  [DISPLAY](): MimeBundle {
    return { 'text/html': this.source, 'text/plain': plainText(this.source) };
  }

  toString(): string {
    return this.source;
  }
}

/** What HTML says, near enough for a front end that has no HTML. */
function plainText(source: string): string {
  const text = source
    .slice(0, 20_000)
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS[entity] as string)
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? '<HTML>' : text.slice(0, 2000).toWellFormed();
}
