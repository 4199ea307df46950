/** The playground's last state as a static picture. */
import { Drawing, svgText } from '@quire/visualization';
import sharp from 'sharp';
import type { PlaygroundInput, PlaygroundOutput, Scored } from './model.ts';

export interface PlaygroundState {
  input: PlaygroundInput;
  /** Of the files that were chosen. */
  names: { picture?: string; sound?: string };
  /** Undefined where nothing is entered. */
  output: PlaygroundOutput | undefined;
}

const WIDTH = 700;
const ROW = 22;
const LABEL = 190;
const BAR = 380;
const SHOWN = 8;
const POSITIVE = '#3178c6';
const NEGATIVE = '#c2571a';
const THUMBNAIL = 96;

const cut = (text: string, length: number): string => {
  const characters = Array.from(text.replace(/\s+/g, ' '));
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : characters.join('');
};
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** The predictions from the most probable on. */
export const ranked = (values: readonly Scored[]): Scored[] => [...values].sort((a, b) => b.value - a.value);

/** What a screen reader says of a state. */
export function sentence({ output }: PlaygroundState): string {
  if (!output) return 'Nothing is entered yet.';
  const [first, second] = ranked(output.predictions);
  if (!first) return 'The model predicts nothing.';
  const next = second ? `, then ${second.label}, ${percent(second.value)}` : '';
  return `Prediction: ${first.label}, ${percent(first.value)}${next}.`;
}

function bars(
  title: string,
  values: readonly Scored[],
  top: number,
  range: number,
  text: (value: number) => string,
): { svg: string; bottom: number } {
  const signed = values.some(({ value }) => value < 0);
  const zero = signed ? LABEL + BAR / 2 : LABEL;
  const unit = (signed ? BAR / 2 : BAR) / range;
  const rows = values.map(({ label, value }, i) => {
    const y = top + 26 + i * ROW;
    const length = Math.min(Math.abs(value), range) * unit;
    const x = value < 0 ? zero - length : zero;
    return (
      svgText(cut(label, 26), LABEL - 8, y + 12, { anchor: 'end' }) +
      `<rect x="${x.toFixed(1)}" y="${y}" width="${length.toFixed(1)}" height="16" fill="${value < 0 ? NEGATIVE : POSITIVE}"/>` +
      svgText(text(value), LABEL + BAR + 12, y + 12)
    );
  });
  return {
    svg: svgText(title, 8, top + 14, { bold: true, size: 13 }) + rows.join(''),
    bottom: top + 26 + values.length * ROW + 10,
  };
}

export async function drawState(state: PlaygroundState): Promise<Drawing> {
  const { input, names, output } = state;
  let svg = '';
  let bottom = 8;
  const lines = [
    input.text === undefined ? undefined : `Text: ${cut(input.text, 80)}`,
    input.picture &&
      `Picture: ${cut(names.picture ?? '', 60)}, ${input.picture.width} × ${input.picture.height}`,
    input.sound &&
      `Sound: ${cut(names.sound ?? '', 60)}, ${(input.sound.samples.length / input.sound.channels / input.sound.sampleRate).toFixed(2)} s`,
    `Weights: ${Object.entries(input.weights)
      .map(([name, weight]) => `${name} ${weight.toFixed(2)}`)
      .join(', ')}`,
  ].filter((line) => line !== undefined);
  let left = 8;
  if (input.picture) {
    const { data, width, height, channels } = input.picture;
    const png = await sharp(data, { raw: { width, height, channels } })
      .resize(THUMBNAIL, THUMBNAIL, { fit: 'inside' })
      .png()
      .toBuffer();
    svg += `<image x="8" y="8" width="${THUMBNAIL}" height="${THUMBNAIL}" href="data:image/png;base64,${png.toString('base64')}"/>`;
    left = THUMBNAIL + 24;
    bottom = THUMBNAIL + 12;
  }
  lines.forEach((line, i) => {
    svg += svgText(line, left, 22 + i * 20);
  });
  bottom = Math.max(bottom, 22 + lines.length * 20);
  if (output) {
    const largest = (values: readonly Scored[]): number =>
      Math.max(...values.map(({ value }) => Math.abs(value))) || 1;
    const byStrength = [...(output.attributions ?? [])]
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
      .slice(0, SHOWN);
    const two = (value: number): string => value.toFixed(2);
    const parts = [
      ['Predictions', ranked(output.predictions).slice(0, SHOWN), 1, percent],
      ['Similarities', ranked(output.similarities ?? []).slice(0, SHOWN), 1, two],
      ['Attributions', byStrength, largest(byStrength), two],
    ] as const;
    for (const [title, values, range, text] of parts) {
      if (values.length === 0) continue;
      const part = bars(title, values, bottom, range, text);
      svg += part.svg;
      bottom = part.bottom;
    }
  }
  return new Drawing({
    svg,
    width: WIDTH,
    height: bottom,
    alt: `Playground. ${[...lines, sentence(state)].join('. ')}`,
  });
}
