import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's folder for what programs keep: the platform's, or `QUIRE_DATA`. */
function dataFolder(): string {
  const { QUIRE_DATA, XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  if (QUIRE_DATA) return QUIRE_DATA;
  if (process.platform === 'win32') return LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  return XDG_DATA_HOME || join(homedir(), '.local', 'share');
}

/** Where `quire setup tensorflow` puts TensorFlow's engine for Node.js. */
export function tensorflowFolder(): string {
  return join(dataFolder(), 'quire', 'tensorflow');
}
