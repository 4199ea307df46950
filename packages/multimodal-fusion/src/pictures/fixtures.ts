/** Fixtures of the tests, and how pictures are compared. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readPicture } from './decode.ts';
import type { Picture } from './picture.ts';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/pictures/${name}`, import.meta.url));
}

export function readFixture<Channels extends 1 | 3 | 4 = 3>(
  name: string,
  channels?: Channels,
): Promise<Picture & { channels: Channels }> {
  return readPicture(fixture(name), { channels: channels ?? (3 as Channels) });
}

export function jsonFixture<Content>(name: string): Content {
  return JSON.parse(readFileSync(fixture(name), 'utf8')) as Content;
}

/** The greatest difference of two pictures' values. @throws {Error} where sizes differ. */
export function apart(a: Picture, b: Picture): number {
  const size = ({ height, width, channels }: Picture): string => `${height} by ${width} by ${channels}`;
  if (size(a) !== size(b)) throw new Error(`${size(a)} and ${size(b)}`);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}
