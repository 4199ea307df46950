/** JSON files of checkpoints, which are another program's, or nobody's. */
import { readFile } from 'node:fs/promises';
import type { JsonObject } from '../config-json.ts';

/**
 * The object that `text` is.
 *
 * @throws {Error} where it isn't JSON, no object, or names a key twice in one object: which of the two counts is up to
 * each reader, so that a file could be one thing for what checks it and another for what uses it.
 */
export function parseObject(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error('it is not an object');
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new Error(`it names ${JSON.stringify(twice)} twice`);
  return json as JsonObject;
}

/** A key that is there twice in one object of valid JSON. */
function duplicateKey(text: string): string | undefined {
  // For each object that is open its keys; undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  for (const [token, string, colon] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")\s*(:)?|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (string === undefined) open.pop();
    else if (colon) {
      const key = JSON.parse(string) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** @throws {Error} where the file is missing or isn't an object of JSON, naming it. */
export async function readObject(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8');
  try {
    return parseObject(text);
  } catch (error) {
    throw new Error(`${path} can't be used: ${(error as Error).message}.`);
  }
}

/** The same, or undefined where there is no such file. */
export async function readObjectIfThere(path: string): Promise<JsonObject | undefined> {
  try {
    return await readObject(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
