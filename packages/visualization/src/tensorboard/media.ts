/** The pictures and texts of event files. */
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { spread } from '../models/layer-histograms.ts';
import { escapeHtml, readable, shorten } from '../text.ts';
import { MUTED } from '../theme.ts';
import { flowSvg } from '../tokens/flow.ts';
import { type Tile, tileGrid, tileSize } from '../values/tiles.ts';
import type { ImageValue } from './events.ts';
import type { TagSeries } from './reader.ts';

type Tags<T> = readonly (readonly [string, TagSeries<T>])[];

/** Steps of a tag that are shown, as many as TensorBoard keeps: pictures of evenly spread ones, texts of the last. */
const MOST_STEPS = 10;
/** Characters of a text in a page, and in the static picture. */
const MOST_TEXT = { page: 20_000, picture: 600 };

const HEAD = 24;

/** The pictures of each tag in a row of their own, by step. */
export function imageStrips(tags: Tags<ImageValue>, options: DrawingOptions): Drawing {
  const { width: room = 700 } = options;
  let [svg, height, width] = ['', 0, 0];
  for (const [tag, { steps, values }] of tags) {
    const kept = spread(
      steps.map((step, i) => ({ step, image: values[i]! })),
      MOST_STEPS,
    );
    svg += svgText(shorten(tag, 100), 8, height + 16, { bold: true });
    svg += svgText(
      kept.length < steps.length ? `${kept.length} of ${steps.length} steps` : '',
      room - 8,
      height + 16,
      {
        color: MUTED,
        size: 11,
        anchor: 'end',
      },
    );
    height += HEAD;
    const tiles = kept.flatMap(({ step, image }): Tile[] => {
      const source = pictureUrl(image.bytes);
      const label = `step ${readable(step)}`;
      return source === undefined
        ? []
        : [{ source, label, hint: `${label}, ${image.width} by ${image.height} pixels` }];
    });
    if (tiles.length < kept.length) {
      const left = kept.length - tiles.length;
      svg += svgText(
        left === 1
          ? '1 picture that is no PNG, JPEG, GIF or WebP'
          : `${left} pictures that are no PNG, JPEG, GIF or WebP`,
        8,
        height + 14,
        { color: MUTED },
      );
      height += 20;
    }
    if (tiles.length === 0) continue;
    const { image } = kept[0]!;
    // Sizes as the file has them, which no one checks.
    const [h, w] = [image.height, image.width].map((side) => Math.min(10_000, Math.max(1, side))) as [
      number,
      number,
    ];
    const grid = tileGrid('tensorboard', tiles, { size: tileSize(h, w, 128), room });
    svg += `<g transform="translate(0,${height})">${grid.svg}</g>`;
    height += grid.height + 6;
    width = Math.max(width, grid.width);
  }
  const count = tags.reduce((sum, [, { values }]) => sum + values.length, 0);
  return new Drawing(
    {
      svg,
      width: Math.max(width, room),
      height,
      alt: `${count} pictures of ${tags.map(([tag]) => tag).join(', ')} by step.`,
    },
    options,
  );
}

/** The texts of each tag, as typed, the last step on top. */
export function textLists(tags: Tags<string>, options: DrawingOptions): Drawing {
  const { width = 700 } = options;
  let [svg, height, html] = ['', 0, ''];
  for (const [tag, { steps, values }] of tags) {
    const shown = steps
      .map((step, i) => ({ step, text: values[i]! }))
      .slice(-MOST_STEPS)
      .reverse();
    const left = steps.length - shown.length;
    const more = left > 0 ? `… and ${readable(left)} earlier` : '';
    html +=
      `<div style="font-weight:600;margin-top:6px">${escapeHtml(tag)}</div>` +
      shown
        .map(
          ({ step, text }) =>
            `<div style="display:flex;gap:12px;border-top:1px solid rgba(128,128,128,0.3);padding:3px 0">` +
            `<span style="flex:none;width:76px;opacity:0.7">step ${readable(step)}</span>` +
            `<div style="white-space:pre-wrap;overflow-wrap:anywhere;max-height:240px;overflow:auto">${escapeHtml(shorten(text, MOST_TEXT.page))}</div></div>`,
        )
        .join('') +
      (more === '' ? '' : `<div style="opacity:0.7">${more}</div>`);
    svg += svgText(shorten(tag, 100), 8, height + 16, { bold: true });
    height += HEAD;
    for (const { step, text } of shown) {
      const flow = flowSvg([{ text: shorten(text, MOST_TEXT.picture), breaks: true }], width - 110);
      svg += svgText(`step ${readable(step)}`, 8, height + 19, { color: MUTED, size: 11 });
      svg += `<g transform="translate(96,${height})">${flow.svg}</g>`;
      height += Math.max(28, flow.height);
    }
    if (more !== '') {
      svg += svgText(more, 8, height + 14, { color: MUTED, size: 11 });
      height += 20;
    }
  }
  const count = tags.reduce((sum, [, { values }]) => sum + values.length, 0);
  return new Drawing(
    { html, svg, width, height, alt: `${count} texts of ${tags.map(([tag]) => tag).join(', ')} by step.` },
    options,
  );
}

const KINDS: readonly (readonly [string, readonly number[]])[] = [
  ['png', [0x89, 0x50, 0x4e, 0x47]],
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['gif', [0x47, 0x49, 0x46, 0x38]],
  ['webp', [0x52, 0x49, 0x46, 0x46]],
];

/** Undefined where the bytes begin as those of no picture do: what a page would make of them isn't known. */
function pictureUrl(bytes: Uint8Array): string | undefined {
  const kind = KINDS.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte))?.[0];
  return kind && `data:image/${kind};base64,${Buffer.from(bytes).toString('base64')}`;
}
