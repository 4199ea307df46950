/** Asking the hub: who asks, trying again, and what went wrong in words. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HubSettings } from './hub-settings.ts';

/** How often something is tried that may work the next time. */
export const ATTEMPTS = 6;

/** Milliseconds before the second try; it doubles with each. */
let firstDelay = 500;

/** For tests, which don't want to wait. */
export function setFirstDelay(milliseconds: number): void {
  firstDelay = milliseconds;
}

export class HubUnreachableError extends Error {}

/** Waits before try number `attempt`, the first of which is 0. */
export async function waitToRetry(
  attempt: number,
  signal?: AbortSignal,
  retryAfter?: string | null,
): Promise<void> {
  const asked = Number(retryAfter ?? Number.NaN) * 1000;
  const milliseconds = Number.isFinite(asked) ? Math.min(asked, 60_000) : firstDelay * 2 ** attempt;
  await sleep(milliseconds, undefined, signal && { signal });
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

/** `fetch` with the token for the hub alone, that tries again where the network or the server failed for now. */
export function hubFetch({ endpoint, token }: HubSettings, signal?: AbortSignal): typeof fetch {
  const { origin } = new URL(endpoint);
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    const url = input instanceof Request ? input.url : String(input);
    // A redirect to where the files really are loses it, as the standard has it.
    if (token && new URL(url).origin === origin) headers.set('Authorization', `Bearer ${token}`);
    for (let attempt = 0; ; attempt++) {
      let response: Response;
      try {
        response = await fetch(input, { ...init, headers, ...(signal && { signal }) });
      } catch (error) {
        signal?.throwIfAborted();
        const reason = reasonOf(error);
        if (attempt + 1 >= ATTEMPTS || UNREACHABLE.has(reason)) {
          throw new HubUnreachableError(`${new URL(url).origin} can't be reached (${reason})`, {
            cause: error,
          });
        }
        await waitToRetry(attempt, signal);
        continue;
      }
      if ((response.status === 429 || response.status >= 500) && attempt + 1 < ATTEMPTS) {
        await response.body?.cancel();
        await waitToRetry(attempt, signal, response.headers.get('retry-after'));
        continue;
      }
      const from = Number(/^bytes=(\d+)-/.exec(headers.get('range') ?? '')?.[1]);
      if (response.status === 200 && from > 0) return new Response(response.body?.pipeThrough(without(from)));
      return response;
    }
  };
}

/** Leaves out the first bytes, of a server that gives all of a file where a part was asked for. */
function without(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, controller) {
      const skipped = Math.min(left, chunk.length);
      left -= skipped;
      if (skipped < chunk.length) controller.enqueue(chunk.subarray(skipped));
    },
  });
}

/** A system's code such as ECONNRESET, or else the message. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? (error as Error).message;
}

/** An error in words: what the hub said, and what to do. */
export function explain(
  error: unknown,
  id: string,
  revision: string,
  { endpoint, token }: HubSettings,
): unknown {
  const say = (text: string): Error => new Error(text, { cause: error });
  if (error instanceof HubUnreachableError) {
    return say(
      `${id} can't be downloaded: ${error.message}. Check the network; set HF_ENDPOINT where the hub is reached at another address; or give the path of a folder that has the model.`,
    );
  }
  const { statusCode: status, message } = error as { statusCode?: number; message: string };
  if (status === undefined) return error;
  const page = `${endpoint}/${id}`;
  const said = message.split('. URL:')[0];
  switch (status) {
    case 401:
      return say(
        token
          ? `The hub doesn't let this token read ${id}: it is wrong or has expired, or there is no such model. Check HF_TOKEN and the name at ${page}. (It said: ${said}.)`
          : `The hub shows ${id} to nobody without a token: there is no such model (is it spelled right?), or it is private. Where it is yours, set HF_TOKEN to a token of ${endpoint}/settings/tokens. (It said: ${said}.)`,
      );
    case 403:
      return say(
        `${id} may not be read ${token ? 'with this token' : 'without a token'}: its authors want to be asked first, at ${page}. ${token ? '' : 'Then set HF_TOKEN.'}`.trim(),
      );
    case 404:
      return say(`The hub has no model ${id}, or no ${JSON.stringify(revision)} of it: look at ${page}.`);
    case 429:
      return say(
        `The hub limits how much it is asked, and was asked too much: wait some minutes${token ? '' : ', or set HF_TOKEN, which allows more'}.`,
      );
    default:
      return say(`The hub failed at ${id} with status ${status}: ${message}`);
  }
}
