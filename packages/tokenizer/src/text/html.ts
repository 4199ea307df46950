import { lazy } from './lazy.ts';

const parser = lazy((require) => require('htmlparser2') as typeof import('htmlparser2'));
const entities = lazy((require) => require('entities') as typeof import('entities'));

const LEFT_OUT = new Set(
  'audio canvas datalist embed iframe math noembed noframes noscript object script select style svg template title video'.split(
    ' ',
  ),
);
const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
/** Elements that begin and end a line. */
const LINES = new Set(
  'address article aside body caption center dd details dialog div dl dt fieldset figcaption figure footer form header hgroup hr html legend li main nav ol option search section summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);
/** Elements with a blank line around them. */
const PARAGRAPHS = new Set('blockquote h1 h2 h3 h4 h5 h6 p pre'.split(' '));
const CELLS = new Set(['td', 'th']);
const HTML_SPACE = /[ \t\n\f\r]+/g;

/**
 * What a reader sees of HTML, as text: without tags, comments, scripts and styles; entities as characters; white space as one
 * space, except in `pre`; lines and paragraphs where elements make them; cells of a row with tabs between. Broken HTML is
 * read as browsers do, and takes linear time however deep it is nested.
 */
export function htmlToText(html: string): string {
  const out = new Writer();
  let name = '';
  /** The element that is left out, and how many of its kind are open inside it. */
  let skipped: { name: string; depth: number } | undefined;
  let pre = 0;

  const write = (text: string): void => {
    if (skipped) return;
    if (pre > 0) out.verbatim(text);
    else out.text(text);
  };
  const edge = (): void => {
    if (PARAGRAPHS.has(name)) out.breakLines(2);
    else if (LINES.has(name)) out.breakLines(1);
    else if (CELLS.has(name)) out.breakCell();
  };
  const open = (): void => {
    if (skipped) {
      if (skipped.name === name) skipped.depth++;
    } else if (LEFT_OUT.has(name) && !VOID.has(name)) {
      skipped = { name, depth: 1 };
    } else if (name === 'br') {
      out.lineBreak();
    } else {
      edge();
      if (name === 'pre') pre++;
    }
  };
  const close = (): void => {
    if (skipped) {
      if (skipped.name === name && --skipped.depth === 0) skipped = undefined;
      return;
    }
    edge();
    if (name === 'pre' && pre > 0) pre--;
  };

  const ignore = (): void => {};
  // The tokenizer alone: the parser above it searches its stack of open elements, which is quadratic in their depth.
  const tokenizer = new (parser().Tokenizer)(
    { decodeEntities: true },
    {
      onopentagname: (start, end) => {
        name = html.slice(start, end).toLowerCase();
      },
      onopentagend: open,
      onselfclosingtag: () => {
        if (name !== 'svg' && name !== 'math') open();
      },
      onclosetag: (start, end) => {
        name = html.slice(start, end).toLowerCase();
        close();
      },
      ontext: (start, end) => write(html.slice(start, end)),
      ontextentity: (codePoint) => write(String.fromCodePoint(codePoint)),
      onattribdata: ignore,
      onattribentity: ignore,
      onattribend: ignore,
      onattribname: ignore,
      oncdata: ignore,
      oncomment: ignore,
      ondeclaration: ignore,
      onend: ignore,
      onprocessinginstruction: ignore,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return out.end();
}

/** The text with HTML's entities (`&amp;`, `&eacute;`, `&#x1F600;`) as the characters that they stand for. */
export function decodeEntities(text: string): string {
  return entities().decodeHTML(text);
}

/** Puts spaces and line ends between what is written, and none at the ends. */
class Writer {
  readonly #out: string[] = [];
  #breaks = 0;
  #cell = false;
  #space = false;

  text(text: string): void {
    let start = 0;
    for (const space of text.matchAll(HTML_SPACE)) {
      if (space.index > start) this.#put(text.slice(start, space.index));
      this.#space = true;
      start = space.index + space[0].length;
    }
    if (start < text.length) this.#put(text.slice(start));
  }

  verbatim(text: string): void {
    const lines = text.replaceAll('\r\n', '\n').split('\n');
    for (const [i, line] of lines.entries()) {
      if (i > 0) this.#breaks++;
      if (line !== '') this.#put(line);
    }
  }

  lineBreak(): void {
    this.#breaks++;
  }

  breakLines(count: number): void {
    this.#breaks = Math.max(this.#breaks, count);
    this.#cell = false;
  }

  breakCell(): void {
    this.#cell = true;
  }

  #put(text: string): void {
    if (this.#out.length > 0) {
      if (this.#breaks > 0) this.#out.push('\n'.repeat(this.#breaks));
      else if (this.#cell) this.#out.push('\t');
      else if (this.#space) this.#out.push(' ');
    }
    this.#breaks = 0;
    this.#cell = false;
    this.#space = false;
    this.#out.push(text);
  }

  end(): string {
    return this.#out.join('');
  }
}
