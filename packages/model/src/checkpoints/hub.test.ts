import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { device, tf } from '@quire/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fixture } from '../architectures/parity.ts';
import { downloadCheckpoint, isHubId } from './hub.ts';
import { setFirstDelay } from './hub-client.ts';
import { type HubServer, sendPart, startHub } from './hub-server.ts';
import { type DownloadProgress, type HubOptions, hubSettings } from './hub-settings.ts';
import { loadPretrained } from './load.ts';

const COMMIT = 'a'.repeat(40);
const ID = 'someone/tiny-gpt2';
const TOKENIZER = Buffer.from('{"model":{"type":"WordLevel","vocab":{"<unk>":0},"unk_token":"<unk>"}}');
const scratch = mkdtempSync(join(tmpdir(), 'quire-hub-'));
let hub: HubServer;
let cacheFolder: string;
let count = 0;

/** A folder as the hub would have it. */
function filesOf(folder: string): Record<string, Buffer> {
  const names = readdirSync(folder).filter((name) => /^(config|model)/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
}

beforeAll(async () => {
  hub = await startHub();
  setFirstDelay(1);
});
beforeEach(() => {
  cacheFolder = join(scratch, String(count++));
  hub.repositories = {
    [ID]: { commit: COMMIT, files: { ...filesOf(fixture('gpt2')), 'tokenizer.json': TOKENIZER } },
  };
  hub.requests = [];
  hub.fault = undefined;
  // Nothing of the machine's own.
  vi.stubEnv('HF_HOME', cacheFolder);
  for (const name of [
    'HF_TOKEN',
    'HUGGING_FACE_HUB_TOKEN',
    'HF_HUB_OFFLINE',
    'HF_HUB_CACHE',
    'HUGGINGFACE_HUB_CACHE',
  ]) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  setFirstDelay(500);
  await hub.close();
  rmSync(scratch, { recursive: true, force: true });
});

const get = (options: HubOptions = {}): Promise<string> =>
  downloadCheckpoint(ID, { endpoint: hub.endpoint, cacheFolder, ...options });
const repository = () => join(cacheFolder, 'models--someone--tiny-gpt2');
const weights = (): Buffer => hub.repositories[ID]?.files['model.safetensors'] as Buffer;
const fromStore = () => hub.requests.filter(({ line }) => line.startsWith('STORE'));

/** Answers `times` requests to the store of large files by itself, when `skip` have passed. */
function storeFault(
  times: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  skip = 0,
): void {
  let passed = 0;
  hub.fault = (request, response) => {
    // The library asks for the first byte to learn the size.
    if (!request.url?.includes('?signed') || request.headers.range === 'bytes=0-0') return false;
    passed++;
    if (passed <= skip || passed > skip + times) return false;
    answer(request, response);
    return true;
  };
}

/** Breaks the connection after so many bytes of the weights. */
const breakAfter =
  (bytes: number) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': weights().length - from });
    response.write(weights().subarray(from, from + bytes), () => response.destroy());
  };

describe('a model of the hub', () => {
  it('is downloaded, loaded, and taken from what is kept from then on', async () => {
    const before = device.memory().tensors;
    const model = await loadPretrained(ID, { endpoint: hub.endpoint, cacheFolder });
    expect(model.tokenizer?.vocabularySize).toBe(1);
    expect(model.config).toMatchObject({ layers: 2 });
    tf.dispose(model.params as never);
    expect(device.memory().tensors).toBe(before);
    const first = fromStore().length;
    expect(first).toBeGreaterThan(0);
    expect(await get()).toBe(model.folder);
    expect(fromStore().length).toBe(first);
    hub.requests = [];
    // A commit never changes: nobody is asked.
    expect(await get({ revision: COMMIT })).toBe(model.folder);
    expect(hub.requests).toEqual([]);
  });

  it("lies as Python's huggingface_hub keeps it", async () => {
    const folder = await get();
    expect(folder).toBe(join(repository(), 'snapshots', COMMIT));
    expect(readFileSync(join(repository(), 'refs', 'main'), 'utf8')).toBe(COMMIT);
    const link = join(folder, 'model.safetensors');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(readlinkSync(join(folder, 'config.json'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(readFileSync(link).equals(weights())).toBe(true);
    expect(readdirSync(join(repository(), '.no_exist', COMMIT))).toContain('generation_config.json');
    expect(readdirSync(join(repository(), 'blobs')).length).toBe(3);
  });

  it('in shards is downloaded whole, and refused where a shard leads elsewhere', async () => {
    const served = { commit: COMMIT, files: filesOf(fixture('saved/sharded')) };
    hub.repositories[ID] = served;
    const folder = await get();
    expect(readdirSync(folder).filter((name) => name.endsWith('.safetensors')).length).toBe(3);
    const index = JSON.parse(String(served.files['model.safetensors.index.json']));
    index.weight_map['transformer.wte.weight'] = '../../../../evil.safetensors';
    const evil = { ...served.files, 'model.safetensors.index.json': Buffer.from(JSON.stringify(index)) };
    hub.repositories[ID] = { commit: 'b'.repeat(40), files: evil };
    await expect(get()).rejects.toThrow('must be the name of a .safetensors file beside it');
    const lacking = Object.fromEntries(
      Object.entries(served.files).filter(([name]) => !name.includes('00002')),
    );
    hub.repositories[ID] = { commit: 'c'.repeat(40), files: lacking };
    await expect(get()).rejects.toThrow('lacks model-00002-of-00003.safetensors');
  });

  it('follows its branch', async () => {
    await get();
    const other = { ...hub.repositories[ID]?.files, 'tokenizer.json': Buffer.from(`${TOKENIZER} `) };
    hub.repositories[ID] = { commit: 'b'.repeat(40), files: other };
    hub.requests = [];
    expect(await get()).toBe(join(repository(), 'snapshots', 'b'.repeat(40)));
    // The weights are the same file.
    expect(fromStore()).toEqual([]);
  });

  it('shows its token to the hub alone', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    await get();
    const [store, front] = [fromStore(), hub.requests.filter(({ line }) => !line.startsWith('STORE'))];
    expect(new Set(front.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer hf_secret']));
    expect(new Set(store.map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
  });

  it('tells how far it is, or shows a bar where a notebook has one', async () => {
    const told: DownloadProgress[] = [];
    await get({ onProgress: (progress) => told.push(progress) });
    const total = Object.values(hub.repositories[ID]?.files ?? {}).reduce(
      (sum, { length }) => sum + length,
      0,
    );
    expect(told.at(-1)).toEqual({ file: 'model.safetensors', done: total, total });
    expect(told.every(({ done }, i) => i === 0 || done >= (told[i - 1]?.done ?? 0))).toBe(true);
    const bar = { set: vi.fn(), close: vi.fn() };
    const progress = vi.fn(() => bar);
    vi.stubGlobal('progress', progress);
    try {
      cacheFolder += '-again';
      await get();
      expect(progress.mock.calls).toEqual([[total, { description: ID, unit: 'B', unitScale: true }]]);
      expect(bar.set).toHaveBeenLastCalledWith(total);
      expect(bar.close).toHaveBeenCalledTimes(1);
      await get();
      expect(progress).toHaveBeenCalledTimes(1);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('is downloaded once where it is wanted twice at the same time', async () => {
    await Promise.all([get(), get()]);
    expect(fromStore().filter(({ range }) => range === undefined).length).toBe(1);
  });
});

describe('a download that breaks off', () => {
  it('goes on where it ended, in the same call', async () => {
    storeFault(3, breakAfter(20_000));
    const folder = await get();
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights())).toBe(true);
    const ranges = fromStore().flatMap(({ range }) => (range && range !== 'bytes=0-0' ? [range] : []));
    expect(ranges.length).toBe(3);
    expect(ranges.every((range) => Number(/bytes=(\d+)-/.exec(range)?.[1]) >= 20_000 * 0.5)).toBe(true);
  });

  it('and again and again without a byte is given up, and goes on in the next call', async () => {
    storeFault(1, breakAfter(50_000));
    const fault = hub.fault as NonNullable<HubServer['fault']>;
    let isDead = false;
    hub.fault = (request, response) => {
      if (fault(request, response)) {
        isDead = true;
        return true;
      }
      if (!isDead || !request.url?.includes('?signed') || request.headers.range === 'bytes=0-0') return false;
      response.destroy();
      return true;
    };
    await expect(get()).rejects.toThrow(
      /model\.safetensors broke off 6 times in a row after \d+ of \d+ bytes/,
    );
    const [part] = readdirSync(join(repository(), 'blobs')).filter((name) => name.endsWith('.incomplete'));
    expect(part).toBeDefined();
    hub.fault = undefined;
    hub.requests = [];
    const folder = await get();
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights())).toBe(true);
    expect(fromStore().some(({ range }) => range?.startsWith('bytes=') && range !== 'bytes=0-0')).toBe(true);
    expect(readdirSync(join(repository(), 'blobs')).filter((name) => name.endsWith('.incomplete'))).toEqual(
      [],
    );
  });

  it('because its process was killed goes on in the next process', async () => {
    // It stalls after a part.
    storeFault(1, (_, response) => {
      response.writeHead(200, { 'Content-Length': weights().length });
      response.write(weights().subarray(0, 70_000));
    });
    const code = `import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../dist/checkpoints/hub.js')).href)})
      .then(({ downloadCheckpoint }) => downloadCheckpoint(${JSON.stringify(ID)}, ${JSON.stringify({ endpoint: hub.endpoint, cacheFolder })}));`;
    const child = spawn(process.execPath, ['--conditions=built', '-e', code], { stdio: 'inherit' });
    const blobs = join(repository(), 'blobs');
    const parts = (): string[] =>
      existsSync(blobs) ? readdirSync(blobs).filter((name) => name.endsWith('.incomplete')) : [];
    await vi.waitFor(
      () => expect(parts().some((name) => lstatSync(join(blobs, name)).size === 70_000)).toBe(true),
      20_000,
    );
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    hub.requests = [];
    const folder = await get();
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights())).toBe(true);
    expect(fromStore().map(({ range }) => range)).toContain(`bytes=70000-${weights().length - 1}`);
    expect(parts()).toEqual([]);
  });

  it('on a server that gives no parts is read over to where it ended', async () => {
    storeFault(1, breakAfter(30_000));
    const fault = hub.fault as NonNullable<HubServer['fault']>;
    hub.fault = (request, response) => {
      if (fault(request, response)) return true;
      if (!request.url?.includes('?signed') || request.headers.range === 'bytes=0-0') return false;
      response.writeHead(200, { 'Content-Length': weights().length }).end(weights());
      return true;
    };
    const folder = await get();
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights())).toBe(true);
  });

  it('by a signal ends at once and keeps its part', async () => {
    storeFault(1, (_, response) => {
      response.writeHead(200, { 'Content-Length': weights().length });
      response.write(weights().subarray(0, 30_000));
    });
    const controller = new AbortController();
    const loading = get({
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 30_000) controller.abort(new Error('enough'));
      },
    });
    await expect(loading).rejects.toThrow('enough');
    await sleep(10);
    expect(readdirSync(join(repository(), 'blobs')).some((name) => name.endsWith('.incomplete'))).toBe(true);
    await get();
  });
});

describe('a file that is not what the hub says', () => {
  it('is refused, and nothing of it is kept', async () => {
    const wrong = randomBytes(weights().length);
    storeFault(9, (request, response) => sendPart(request, response, wrong, {}));
    await expect(get()).rejects.toThrow('model.safetensors from the hub has the wrong checksum');
    expect(readdirSync(join(repository(), 'blobs')).every((name) => !name.includes('incomplete'))).toBe(true);
    expect(existsSync(join(repository(), 'snapshots'))).toBe(false);
    hub.fault = undefined;
    await get();
  });

  it('because the part that was there was damaged is downloaded anew', async () => {
    const folder = await get();
    const [blob] = readdirSync(join(repository(), 'blobs')).filter((name) => name.length === 64);
    rmSync(join(repository(), 'blobs', blob as string));
    rmSync(join(folder, 'model.safetensors'));
    writeFileSync(join(repository(), 'blobs', `${blob}.999999999.quire.incomplete`), randomBytes(1000));
    hub.requests = [];
    await get();
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights())).toBe(true);
    expect(fromStore().map(({ range }) => range)).toContain(undefined);
  });

  it('or whose size, checksum or commit could name a file elsewhere is refused', async () => {
    const answer = (pattern: RegExp, body: unknown): void => {
      hub.fault = (request, response) => {
        if (!pattern.test(request.url ?? '')) return false;
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
        return true;
      };
    };
    answer(/paths-info/, [{ type: 'file', path: 'config.json', size: 5, oid: '../../../evil' }]);
    await expect(get()).rejects.toThrow('names no usable size and checksum for config.json');
    answer(/paths-info/, [{ type: 'file', path: '../../evil', size: 5, oid: 'a'.repeat(40) }]);
    await expect(get()).rejects.toThrow('has no config.json');
    answer(/revision/, { id: ID, sha: '../../evil' });
    await expect(get()).rejects.toThrow('names "../../evil" as the commit');
  });
});

describe('what is wrong is said', () => {
  const status = (code: number, headers: Record<string, string> = {}): void => {
    hub.fault = (_, response) => {
      response
        .writeHead(code, { 'Content-Type': 'application/json', ...headers })
        .end('{"error":"said by the hub"}');
      return true;
    };
  };

  it('where there is no such model, revision, or right to read it', async () => {
    const ask = (id: string, options: HubOptions = {}) =>
      downloadCheckpoint(id, { endpoint: hub.endpoint, cacheFolder, ...options });
    await expect(ask('someone/other')).rejects.toThrow(
      'there is no such model (is it spelled right?), or it is private',
    );
    await expect(ask('someone/other', { token: 'hf_x' })).rejects.toThrow(
      'The hub has no model someone/other',
    );
    await expect(get({ revision: 'v2' })).rejects.toThrow('or no "v2" of it');
    status(401);
    await expect(get({ token: 'hf_x' })).rejects.toThrow('Check HF_TOKEN');
    status(403);
    await expect(get()).rejects.toThrow(
      `its authors want to be asked first, at ${hub.endpoint}/${ID}. Then set HF_TOKEN.`,
    );
  });

  it('where the hub fails or is asked too much, after some tries', async () => {
    status(500);
    await expect(get()).rejects.toThrow(
      'The hub failed at someone/tiny-gpt2 with status 500: said by the hub',
    );
    expect(hub.requests.length).toBe(6);
    status(429, { 'Retry-After': '0' });
    await expect(get()).rejects.toThrow('wait some minutes, or set HF_TOKEN');
    let fails = 3;
    hub.fault = (_, response) => {
      if (fails-- <= 0) return false;
      response.writeHead(503).end();
      return true;
    };
    await get();
  });

  it('where there is no network', async () => {
    const endpoint = 'http://127.0.0.1:9';
    await expect(get({ endpoint })).rejects.toThrow(
      /someone\/tiny-gpt2 can't be downloaded: http:\/\/127\.0\.0\.1:9 can't be reached \(.+\)\. Check the network; set HF_ENDPOINT/,
    );
    const folder = await get();
    expect(await get({ endpoint }), 'what is kept').toBe(folder);
    const options = { endpoint, cacheFolder };
    await expect(loadPretrained('./no/folder', options)).rejects.toThrow('./no/folder is not a folder');
  });

  it('where HF_HUB_OFFLINE forbids to ask', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await expect(get()).rejects.toThrow('HF_HUB_OFFLINE forbids to download it');
    const folder = await get({ offline: false });
    hub.requests = [];
    expect(await get()).toBe(folder);
    expect(await get({ revision: COMMIT })).toBe(folder);
    await expect(get({ revision: 'v2' })).rejects.toThrow('HF_HUB_OFFLINE');
    rmSync(join(folder, 'model.safetensors'));
    await expect(get()).rejects.toThrow('or not all of it');
    expect(hub.requests).toEqual([]);
  });

  it('where a model has no weights that are read here', async () => {
    const files = hub.repositories[ID]?.files as Record<string, Buffer>;
    files['pytorch_model.bin'] = Buffer.alloc(5);
    delete files['model.safetensors'];
    await expect(get()).rejects.toThrow('someone/tiny-gpt2 has its weights in pytorch_model.bin only');
    delete files['pytorch_model.bin'];
    await expect(get()).rejects.toThrow('has no model.safetensors');
    delete files['config.json'];
    await expect(get()).rejects.toThrow('has no config.json');
    expect(hub.requests.filter(({ line }) => line.includes('/resolve/'))).toEqual([]);
  });

  it('where a name or revision leads elsewhere', async () => {
    for (const id of ['../evil', 'a/b/c', 'a/..', '/a', 'a b', '', 'a--b', '.a']) {
      expect(isHubId(id), id).toBe(false);
      await expect(downloadCheckpoint(id)).rejects.toThrow("can't be the name of a model");
    }
    for (const id of ['gpt2', 'openai-community/gpt2', 'google/bert_uncased_L-2_H-128_A-2', 'a/b.c']) {
      expect(isHubId(id), id).toBe(true);
    }
    for (const revision of ['../x', 'a/../b', '/etc', '-x', 'a\0b', '']) {
      await expect(get({ revision })).rejects.toThrow("can't be a revision");
    }
    await expect(get({ endpoint: 'ftp://x' })).rejects.toThrow('must start with https://');
  });
});

describe('the environment', () => {
  it("is read as Python's huggingface_hub reads it", async () => {
    const settings = (variables: Record<string, string>) => hubSettings({}, variables);
    const home = join(scratch, 'home');
    expect(await settings({ HF_HOME: home })).toEqual({
      endpoint: 'https://huggingface.co',
      token: undefined,
      cacheFolder: join(home, 'hub'),
      offline: false,
    });
    const all = {
      HF_HOME: home,
      HF_HUB_CACHE: '~/x',
      HF_ENDPOINT: 'https://mirror/',
      HF_HUB_OFFLINE: 'TRUE',
      HF_TOKEN: ' t\n',
    };
    expect(await settings(all)).toEqual({
      endpoint: 'https://mirror',
      token: 't',
      cacheFolder: join(homedir(), 'x'),
      offline: true,
    });
    const token = join(scratch, 'token');
    writeFileSync(token, 'stored\n');
    expect((await settings({ HF_HOME: home, HF_TOKEN_PATH: token })).token).toBe('stored');
    const implicit = { HF_HOME: home, HF_TOKEN: 't', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' };
    expect((await settings(implicit)).token).toBeUndefined();
    expect((await settings({ XDG_CACHE_HOME: '/c' })).cacheFolder).toBe('/c/huggingface/hub');
  });
});
