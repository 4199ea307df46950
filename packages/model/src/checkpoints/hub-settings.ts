/**
 * Where the hub is, who asks, and where its files are kept, by the environment variables of Python's `huggingface_hub`
 * (https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables).
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface HubOptions {
  /** A branch, a tag, or a commit; `main` where not given. */
  revision?: string;
  /** Whose models may be read; `HF_TOKEN`, or what `hf auth login` wrote, where not given. */
  token?: string;
  /** `HF_ENDPOINT` where not given, else https://huggingface.co. */
  endpoint?: string;
  /** Where files are kept, as Python keeps them; `HF_HUB_CACHE` where not given, else `hub` in `HF_HOME`. */
  cacheFolder?: string;
  /** Whether only what is kept already is used; what `HF_HUB_OFFLINE` says where not given. */
  offline?: boolean;
  /** Told about each part of a file that arrived. A notebook shows a bar where it isn't given. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Ends a download; what has arrived is kept for the next. */
  signal?: AbortSignal;
}

export interface DownloadProgress {
  /** The file's name. */
  file: string;
  /** Bytes of all files that are there. */
  done: number;
  /** Bytes of all files. */
  total: number;
}

export interface HubSettings {
  endpoint: string;
  token: string | undefined;
  cacheFolder: string;
  offline: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

export async function hubSettings(
  options: HubOptions,
  variables: Variables = process.env,
): Promise<HubSettings> {
  const isOn = (name: string): boolean => /^(1|on|yes|true)$/i.test(variables[name] ?? '');
  const path = (name: string): string | undefined => variables[name]?.replace(/^~(?=$|[\\/])/, homedir());
  const home = path('HF_HOME') || join(path('XDG_CACHE_HOME') || join(homedir(), '.cache'), 'huggingface');
  const stored = async (): Promise<string | undefined> => {
    const text = await readFile(path('HF_TOKEN_PATH') || join(home, 'token'), 'utf8').catch(() => '');
    return text.trim() || undefined;
  };
  const implicit = async (): Promise<string | undefined> =>
    isOn('HF_HUB_DISABLE_IMPLICIT_TOKEN')
      ? undefined
      : variables.HF_TOKEN?.trim() || variables.HUGGING_FACE_HUB_TOKEN?.trim() || stored();
  const endpoint = options.endpoint || variables.HF_ENDPOINT || 'https://huggingface.co';
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new TypeError(
      `The hub's address (HF_ENDPOINT) must start with https://, and is ${JSON.stringify(endpoint)}.`,
    );
  }
  return {
    endpoint: endpoint.replace(/\/+$/, ''),
    token: options.token ?? (await implicit()),
    cacheFolder:
      options.cacheFolder || path('HF_HUB_CACHE') || path('HUGGINGFACE_HUB_CACHE') || join(home, 'hub'),
    offline: options.offline ?? (isOn('HF_HUB_OFFLINE') || isOn('TRANSFORMERS_OFFLINE')),
  };
}
