/** HTML for outputs: escaped, and legible on light and dark pages alike. */
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
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}

/** A value that shows itself as `bundle`. */
export class Shown implements Displayable {
  readonly #bundle: MimeBundle;

  constructor(bundle: MimeBundle) {
    this.#bundle = bundle;
  }

  [DISPLAY](): MimeBundle {
    return this.#bundle;
  }
}

/** HTML that is taken as it stands, also inside another `html` template. */
export class Html extends Shown {
  readonly source: string;

  constructor(source: string) {
    super({ 'text/html': source, 'text/plain': plainText(source) });
    this.source = source;
  }

  override toString(): string {
    return this.source;
  }
}

function plainText(source: string): string {
  const text = source
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS[entity] as string)
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? '<HTML>' : text.slice(0, 2000);
}
