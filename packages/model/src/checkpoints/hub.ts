/** Checkpoints of the hub, https://huggingface.co/models or a mirror of it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TOKENIZER_FILES } from '@quire/tokenizer';
import { download, type RemoteFile } from './download.ts';
import { HubCache, isCommit } from './hub-cache.ts';
import { explain, HubUnreachableError, hubFetch } from './hub-client.ts';
import { type DownloadProgress, type HubOptions, type HubSettings, hubSettings } from './hub-settings.ts';
import { OTHER_WEIGHTS, otherFormat, readIndex, WEIGHTS, WEIGHTS_INDEX } from './weights.ts';

/** Files of a checkpoint, of which none has all. */
const NAMES = [
  'config.json',
  'generation_config.json',
  WEIGHTS,
  WEIGHTS_INDEX,
  ...Object.keys(OTHER_WEIGHTS),
  ...TOKENIZER_FILES,
  'merges.txt',
  'tokenizer_config.json',
];

/** Whether `name` can be that of a model on the hub, `owner/name` or `name`, rather than a path. */
export function isHubId(name: string): boolean {
  const parts = name.split('/');
  const isPart = (part: string): boolean => /^\w([\w.-]{0,94}\w)?$/.test(part) && !/--|\.\./.test(part);
  return parts.length <= 2 && parts.every(isPart);
}

/**
 * The folder with a model of the hub: `config.json`, weights as safetensors, the tokenizer and `generation_config.json`,
 * kept in the folder that Python's `huggingface_hub` uses. What is kept isn't downloaded again; a download that broke off
 * goes on where it ended; each file has to have the checksum that the hub names. Where the hub can't be reached, what is
 * kept is used.
 *
 * @throws {Error} where the hub has no such model or doesn't show it, where it can't be reached and the model isn't kept,
 * and where a file isn't what the hub says.
 */
export async function downloadCheckpoint(id: string, options: HubOptions = {}): Promise<string> {
  const { revision = 'main' } = options;
  if (!isHubId(id)) throw new TypeError(`${JSON.stringify(id)} can't be the name of a model on the hub.`);
  if (!/^[\w.][\w./-]*$/.test(revision) || revision.split('/').includes('..')) {
    throw new TypeError(`${JSON.stringify(revision)} can't be a revision: give a branch, a tag or a commit.`);
  }
  const settings = await hubSettings(options);
  const cache = new HubCache(settings.cacheFolder, id);
  const kept = await cache.complete(await cache.commitOf(revision));
  if (settings.offline) {
    if (kept) return kept;
    throw new Error(
      `${id} isn't in ${settings.cacheFolder}, or not all of it, and HF_HUB_OFFLINE forbids to download it. Load it once without HF_HUB_OFFLINE, or give the path of a folder that has it.`,
    );
  }
  // A commit never changes.
  if (kept && isCommit(revision) && (await isAllKnown(cache, revision))) return kept;
  try {
    return await downloadSnapshot(id, revision, cache, settings, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const { statusCode: status = 0 } = error as { statusCode?: number };
    const isOut = error instanceof HubUnreachableError || status === 429 || status >= 500;
    if (kept && isOut) return kept;
    throw explain(error, id, revision, settings);
  }
}

/** Whether the rest of the files are kept too, or known not to be there. */
async function isAllKnown(cache: HubCache, commit: string): Promise<boolean> {
  if ((await cache.has(commit, 'generation_config.json')) === undefined) return false;
  for (const name of TOKENIZER_FILES) {
    const has = await cache.has(commit, name);
    if (has === undefined) return false;
    if (has) return (await cache.has(commit, 'tokenizer_config.json')) !== undefined;
  }
  return true;
}

async function downloadSnapshot(
  id: string,
  revision: string,
  cache: HubCache,
  settings: HubSettings,
  { signal, onProgress }: HubOptions,
): Promise<string> {
  // The library is loaded by those who download.
  const { downloadFile, modelInfo, pathsInfo } = await import('@huggingface/hub');
  const asking = { hubUrl: settings.endpoint, fetch: hubFetch(settings, signal) };
  const { sha: commit } = await modelInfo({ ...asking, name: id, revision, additionalFields: ['sha'] });
  if (!isCommit(commit)) throw new Error(`The hub names ${JSON.stringify(commit)} as the commit of ${id}.`);

  const look = async (names: readonly string[]): Promise<Map<string, RemoteFile>> => {
    const found = await pathsInfo({ ...asking, repo: id, revision: commit, paths: [...names] });
    const files = found.filter(({ path, type }) => type === 'file' && names.includes(path));
    return new Map(
      files.map(({ path: name, size, lfs, oid }) => [
        name,
        checked({ name, size: lfs?.size ?? size, checksum: lfs?.oid ?? oid ?? '' }, id),
      ]),
    );
  };
  const files = await look(NAMES);
  const openAt = async ({ name }: RemoteFile, offset: number): Promise<ReadableStream<Uint8Array>> => {
    // Of the ways that the hub has, plain HTTP can go on at any byte.
    const blob = await downloadFile({ ...asking, repo: id, revision: commit, path: name, xet: false });
    if (!blob) throw new Error(`The hub has no ${name} of ${id} any more.`);
    return (offset > 0 ? blob.slice(offset) : blob).stream();
  };
  const get = async (wanted: readonly RemoteFile[]): Promise<void> => {
    const lacking = [];
    for (const file of wanted) if (!(await isKept(cache.blob(file.checksum), file))) lacking.push(file);
    const total = lacking.reduce((sum, { size }) => sum + size, 0);
    let before = 0;
    const progress = reporter(onProgress, id, total);
    try {
      for (const file of lacking) {
        await download({
          file,
          path: cache.blob(file.checksum),
          openAt: (offset) => openAt(file, offset),
          onBytes: (done) => progress.report({ file: file.name, done: before + done, total }),
          ...(signal && { signal }),
        });
        before += file.size;
      }
    } finally {
      progress.close();
    }
    for (const file of wanted) {
      const { name, checksum } = file;
      if (!(await isKept(join(cache.snapshot(commit), name), file))) await cache.link(commit, name, checksum);
    }
  };

  const wanted = wantedOf(files, id);
  const index = files.get(WEIGHTS_INDEX);
  if (!files.has(WEIGHTS) && index) {
    await get([index]);
    const shards = [...(await readIndex(join(cache.snapshot(commit), WEIGHTS_INDEX))).keys()];
    const found = await look(shards);
    const lacking = shards.find((name) => !found.has(name));
    if (lacking !== undefined) throw new Error(`${id} lacks ${lacking}, which its ${WEIGHTS_INDEX} lists.`);
    wanted.push(...found.values());
  }
  await get(wanted);
  for (const name of NAMES) if (!files.has(name)) await cache.keepAbsence(commit, name);
  await cache.keepCommit(revision, commit);
  return cache.snapshot(commit);
}

/** What the hub says becomes the name of a file. */
function checked(file: RemoteFile, id: string): RemoteFile {
  const { name, size, checksum } = file;
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum) && Number.isSafeInteger(size) && size >= 0) return file;
  throw new Error(`The hub names no usable size and checksum for ${name} of ${id}.`);
}

async function isKept(path: string, { size }: RemoteFile): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.size === size;
}

/** Which files are needed of those that there are. */
function wantedOf(files: ReadonlyMap<string, RemoteFile>, id: string): RemoteFile[] {
  if (!files.has('config.json'))
    throw new Error(`${id} has no config.json: it isn't a model that can be loaded.`);
  const weights = [WEIGHTS, WEIGHTS_INDEX].find((name) => files.has(name));
  if (weights === undefined) {
    const [name, format] = Object.entries(OTHER_WEIGHTS).find(([each]) => files.has(each)) ?? [];
    throw new Error(name && format ? otherFormat(id, name, format) : `${id} has no ${WEIGHTS}.`);
  }
  const tokenizer = TOKENIZER_FILES.find((name) => files.has(name));
  const names = [
    'config.json',
    'generation_config.json',
    ...(tokenizer === undefined ? [] : [tokenizer, 'tokenizer_config.json']),
    ...(tokenizer === 'vocab.json' ? ['merges.txt'] : []),
    weights,
  ];
  return names.flatMap((name) => files.get(name) ?? []);
}

interface Reporter {
  report(progress: DownloadProgress): void;
  close(): void;
}

/** The bar that a notebook's `progress(total)` gives. */
interface Bar {
  set(count: number): void;
  close(): void;
}

function reporter(onProgress: HubOptions['onProgress'], id: string, total: number): Reporter {
  const { progress } = globalThis as { progress?: (total: number, options: object) => Partial<Bar> };
  const isQuiet = /^(1|on|yes|true)$/i.test(process.env.HF_HUB_DISABLE_PROGRESS_BARS ?? '');
  const made =
    onProgress === undefined && !isQuiet && typeof progress === 'function' && total > 0
      ? progress(total, { description: id, unit: 'B', unitScale: true })
      : undefined;
  const bar = typeof made?.set === 'function' && typeof made.close === 'function' ? (made as Bar) : undefined;
  return {
    report(state) {
      onProgress?.(state);
      bar?.set(state.done);
    },
    close: () => bar?.close(),
  };
}
