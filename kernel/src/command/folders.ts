/** Where Jupyter looks for its data: https://docs.jupyter.org/en/latest/use/jupyter-directories.html */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** What the folders depend on. */
export interface Place {
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  home: string;
}

const here: Place = { environment: process.env, platform: process.platform, home: homedir() };

function paths(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix;
}

/** Jupyter's data folder of the user. */
export function userDataFolder({ environment, platform, home }: Place = here): string {
  const { join } = paths(platform);
  if (environment.JUPYTER_DATA_DIR) return environment.JUPYTER_DATA_DIR;
  if (platform === 'darwin') return join(home, 'Library', 'Jupyter');
  if (platform === 'win32') return join(environment.APPDATA || join(home, 'AppData', 'Roaming'), 'jupyter');
  return join(environment.XDG_DATA_HOME || join(home, '.local', 'share'), 'jupyter');
}

/** Jupyter's data folder under a prefix, as of a Python environment. */
export function prefixDataFolder(prefix: string, { platform }: Pick<Place, 'platform'> = here): string {
  return paths(platform).join(prefix, 'share', 'jupyter');
}

/** The prefixes of the Python environments that are active, by what their activation sets. */
export function activePrefixes({ environment }: Pick<Place, 'environment'> = here): string[] {
  return [environment.VIRTUAL_ENV, environment.CONDA_PREFIX].filter((prefix) => prefix !== undefined);
}

/** The data folders in which Jupyter looks for kernels, but those of Python environments that aren't active. */
export function dataFolders(place: Place = here): string[] {
  const { environment, platform } = place;
  const { delimiter, join } = paths(platform);
  const prefixes = activePrefixes(place);
  if (platform !== 'win32') prefixes.push('/usr/local', '/usr');
  const system = platform === 'win32' ? [join(environment.PROGRAMDATA || 'C:\\ProgramData', 'jupyter')] : [];
  const folders = [
    ...(environment.JUPYTER_PATH ?? '').split(delimiter).filter(Boolean),
    userDataFolder(place),
    ...prefixes.map((prefix) => prefixDataFolder(prefix, place)),
    ...system,
  ];
  return [...new Set(folders)];
}

/** Where Quire keeps what it can make again. */
export function cacheFolder({ environment, platform, home }: Place = here): string {
  const { join } = paths(platform);
  if (platform === 'win32') return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'quire');
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, 'quire');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'quire');
  return join(home, '.cache', 'quire');
}
