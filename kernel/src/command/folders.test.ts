import { expect, test } from 'vitest';
import { cacheFolder, dataFolders, type Place, userDataFolder } from './folders.ts';

const linux = (environment: NodeJS.ProcessEnv = {}): Place => ({
  environment,
  platform: 'linux',
  home: '/home/ada',
});
const mac = (environment: NodeJS.ProcessEnv = {}): Place => ({
  environment,
  platform: 'darwin',
  home: '/Users/ada',
});
const windows = (environment: NodeJS.ProcessEnv = {}): Place => ({
  environment,
  platform: 'win32',
  home: 'C:\\Users\\ada',
});

test('the user’s data folder is where each platform’s Jupyter has it', () => {
  expect(userDataFolder(linux())).toBe('/home/ada/.local/share/jupyter');
  expect(userDataFolder(linux({ XDG_DATA_HOME: '/data' }))).toBe('/data/jupyter');
  expect(userDataFolder(mac({ XDG_DATA_HOME: '/data' }))).toBe('/Users/ada/Library/Jupyter');
  expect(userDataFolder(windows({ APPDATA: 'D:\\Roaming' }))).toBe('D:\\Roaming\\jupyter');
  expect(userDataFolder(windows())).toBe('C:\\Users\\ada\\AppData\\Roaming\\jupyter');
});

test('JUPYTER_DATA_DIR comes before the platform’s folder', () => {
  for (const place of [linux, mac, windows]) {
    expect(userDataFolder(place({ JUPYTER_DATA_DIR: '/jupyter' }))).toBe('/jupyter');
  }
});

test('kernels are looked for on JUPYTER_PATH, at the user’s, in active environments and in the system', () => {
  const environment = { JUPYTER_PATH: '/one:/two', VIRTUAL_ENV: '/venv', CONDA_PREFIX: '/usr' };
  expect(dataFolders(linux(environment))).toEqual([
    '/one',
    '/two',
    '/home/ada/.local/share/jupyter',
    '/venv/share/jupyter',
    '/usr/share/jupyter',
    '/usr/local/share/jupyter',
  ]);
  expect(dataFolders(windows({ PROGRAMDATA: 'D:\\ProgramData' })).at(-1)).toBe('D:\\ProgramData\\jupyter');
});

test('the cache is where each platform has caches', () => {
  expect(cacheFolder(linux())).toBe('/home/ada/.cache/quire');
  expect(cacheFolder(linux({ XDG_CACHE_HOME: '/cache' }))).toBe('/cache/quire');
  expect(cacheFolder(mac())).toBe('/Users/ada/Library/Caches/quire');
  expect(cacheFolder(windows())).toBe('C:\\Users\\ada\\AppData\\Local\\quire');
});
