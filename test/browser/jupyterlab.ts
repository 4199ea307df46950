/** JupyterLab on this machine alone, with its settings and its files in a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment } from '../clean.ts';

/** What Chromium is started with: without a screen, and without asking anything of the network. */
export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface JupyterLab {
  /** Where it is served, without a slash at the end. */
  url: string;
  /** The folder that it shows. */
  files: string;
  /** Ends the server and its kernels, and removes its folder. */
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('No port is free.');
  return address.port;
}

export async function startJupyterLab(python: string, jupyterPath: string): Promise<JupyterLab> {
  const folder = mkdtempSync(join(tmpdir(), 'quire-lab-'));
  const files = join(folder, 'files');
  mkdirSync(files);
  // No questions about news, which cover the notebook.
  const settings = join(folder, 'config', 'lab', 'user-settings', '@jupyterlab', 'apputils-extension');
  mkdirSync(settings, { recursive: true });
  writeFileSync(
    join(settings, 'notification.jupyterlab-settings'),
    '{ "fetchNews": "false", "checkForUpdates": false }',
  );
  const port = await freePort();
  const server: ChildProcess = spawn(
    python,
    [
      '-m',
      'jupyterlab',
      '--allow-root',
      '--no-browser',
      '--ServerApp.ip=127.0.0.1',
      `--ServerApp.port=${port}`,
      '--ServerApp.port_retries=0',
      `--ServerApp.root_dir=${files}`,
      '--IdentityProvider.token=',
      '--ServerApp.password=',
      '--LabApp.extension_manager=readonly',
      '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment({
        JUPYTER_PATH: jupyterPath,
        JUPYTER_CONFIG_DIR: join(folder, 'config'),
        JUPYTER_DATA_DIR: join(folder, 'data'),
        JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
        JUPYTERLAB_SETTINGS_DIR: join(folder, 'config', 'lab', 'user-settings'),
        JUPYTERLAB_WORKSPACES_DIR: join(folder, 'config', 'lab', 'workspaces'),
      }),
    },
  );
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }

  const close = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      const timer = setTimeout(() => server.kill('SIGKILL'), 10_000);
      await exit;
      clearTimeout(timer);
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (server.exitCode !== null) break;
    const answer = await fetch(`${url}/api/status`).catch(() => undefined);
    if (answer?.ok) return { url, files, close };
    await new Promise((done) => setTimeout(done, 100));
  }
  await close();
  throw new Error(`JupyterLab did not start:\n${log}`);
}
