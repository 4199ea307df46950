/** Errors of tracing, which point at the user's own line. */
import { fileURLToPath } from 'node:url';

/** Code of this package, whose frames are never the user's. */
const OWN = new URL('../', import.meta.url).href;
const OWN_PATH = fileURLToPath(OWN);

/**
 * A function that can't be compiled: the message says why, where in the user's code, and what to do.
 */
export class TraceError extends Error {
  override name = 'TraceError';
}

/** The user's frame of a stack trace, as `file:line:column` or `In [3]:line:column`; undefined where none is the user's. */
export function userFrame(error: Error): string | undefined {
  for (const line of (error.stack ?? '').split('\n')) {
    const place = /^\s+at (?:.*\(|async )?(.+:\d+:\d+)\)?$/.exec(line)?.[1];
    if (!place || /[\\/]node_modules[\\/]|^node:/.test(place)) continue;
    const own = place.includes(OWN) || place.includes(OWN_PATH);
    if (own && !/\.test\.[tj]s/.test(place)) continue;
    return place.startsWith('file:') ? place.replace(/^file:\/\//, '') : place;
  }
  return undefined;
}

/** ` (at file:line:column)`, or nothing where the place isn't known. */
export function atUserFrame(error: Error | undefined): string {
  const frame = error ? userFrame(error) : undefined;
  return frame ? ` (at ${frame})` : '';
}
