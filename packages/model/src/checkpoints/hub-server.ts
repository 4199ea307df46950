/** A server on this machine that answers as the hub does, for tests. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Served {
  /** Content by file name. */
  files: Record<string, Buffer>;
  commit: string;
}

export interface HubServer {
  endpoint: string;
  /** By id. Changed by tests. */
  repositories: Record<string, Served>;
  /** Requests as `GET /path`, with what the store of large files was asked after `STORE`. */
  requests: { line: string; range: string | undefined; authorization: string | undefined }[];
  /** Answers a request in place of the hub, where it returns true. */
  fault: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

/** Files from this size on are kept apart, as the hub does with large ones. */
const LARGE = 10_000;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const gitSha1 = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

export async function startHub(): Promise<HubServer> {
  const hub: HubServer = { endpoint: '', repositories: {}, requests: [], fault: undefined, close };
  const store = createServer((request, response) => {
    note(request, 'STORE');
    if (hub.fault?.(request, response)) return;
    const wanted = new URL(request.url ?? '', 'http://store').pathname.slice(1);
    const all = Object.values(hub.repositories).flatMap(({ files }) => Object.values(files));
    const bytes = all.find((each) => sha256(each) === wanted);
    if (!bytes) return void response.writeHead(404).end();
    sendPart(request, response, bytes, { ETag: `"of-the-store"` });
  });
  const front = createServer(async (request, response) => {
    note(request, request.method ?? '');
    if (hub.fault?.(request, response)) return;
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    const api = /^\/api\/models\/(.+)\/(revision|paths-info)\/([^/]+)$/.exec(pathname);
    const resolve = /^\/(.+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const repository = hub.repositories[(api ?? resolve)?.[1] ?? ''];
    const revision = decodeURIComponent((api?.[3] ?? resolve?.[2]) as string);
    if (!repository) {
      response.setHeader('X-Error-Code', 'RepoNotFound');
      return void json(response, request.headers.authorization ? 404 : 401, {
        error: 'Repository not found',
      });
    }
    if (revision !== 'main' && revision !== repository.commit) {
      return void json(response, 404, { error: `Invalid rev id: ${revision}` });
    }
    if (api?.[2] === 'revision') {
      return void json(response, 200, {
        _id: '1',
        id: api[1],
        sha: repository.commit,
        private: false,
        gated: false,
      });
    }
    if (api) {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { paths } = JSON.parse(body) as { paths: string[] };
      const found = paths.flatMap((path) => {
        const bytes = repository.files[path];
        if (!bytes) return [];
        const { length: size } = bytes;
        const lfs = size >= LARGE ? { lfs: { oid: sha256(bytes), size, pointerSize: 134 } } : {};
        return [{ type: 'file', path, size, oid: gitSha1(bytes), ...lfs }];
      });
      return void json(response, 200, found);
    }
    const bytes = repository.files[resolve?.[3] ?? ''];
    if (!bytes) {
      response.setHeader('X-Error-Code', 'EntryNotFound');
      return void json(response, 404, { error: 'Entry not found' });
    }
    response.setHeader('X-Repo-Commit', repository.commit);
    if (bytes.length < LARGE) return sendPart(request, response, bytes, { ETag: `"${gitSha1(bytes)}"` });
    response.setHeader('X-Linked-Etag', `"${sha256(bytes)}"`);
    response.setHeader('X-Linked-Size', bytes.length);
    response.writeHead(302, { Location: `${addressOf(store)}/${sha256(bytes)}?signed` }).end();
  });

  function note(request: IncomingMessage, method: string): void {
    const { range, authorization } = request.headers;
    hub.requests.push({ line: `${method} ${request.url?.split('?')[0]}`, range, authorization });
  }
  async function close(): Promise<void> {
    for (const server of [front, store]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
  for (const server of [front, store]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  hub.endpoint = addressOf(front);
  return hub;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** All of it, or the range that was asked for. */
export function sendPart(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  headers: Record<string, string>,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) {
    response.writeHead(200, { ...headers, 'Content-Length': bytes.length }).end(bytes);
    return;
  }
  const end = Math.min(last ? Number(last) + 1 : bytes.length, bytes.length);
  const part = bytes.subarray(Number(first), end);
  response
    .writeHead(206, {
      ...headers,
      'Content-Length': part.length,
      'Content-Range': `bytes ${first}-${end - 1}/${bytes.length}`,
    })
    .end(part);
}
