/**
 * Imports of cells: packages through Node.js, resolved from the notebook's folder; local TypeScript and JavaScript
 * files through V8's module API, so that they are compiled, and read again when they or what they import changed.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { CompileError, compileModule } from './compile.ts';
import { registerScript } from './stacks.ts';

const TYPESCRIPT = new Set(['.ts', '.tsx', '.mts', '.cts']);
const OURS = new Set([...TYPESCRIPT, '.js', '.jsx', '.mjs', '.json']);
const EXTENSIONS = ['.ts', '.tsx', '.mts', '.js', '.jsx', '.mjs', '.cjs', '.json'];
const EMITTED: Record<string, string[]> = {
  '.js': ['.ts', '.tsx'],
  '.mjs': ['.mts'],
  '.jsx': ['.tsx'],
  '.cjs': ['.cts'],
};

type Namespace = Record<string, unknown>;

interface LocalModule {
  path: string;
  module: vm.Module;
  /** Imported by the name of a package, or by such a module. */
  library: boolean;
  version: string;
  dependencies: Set<string>;
}

export class Importer {
  readonly #local = new Map<string, LocalModule>();
  readonly #virtual: Record<string, () => Namespace>;

  /** @param virtual modules that the kernel itself provides, by name */
  constructor(virtual: Record<string, () => Namespace>) {
    this.#virtual = virtual;
  }

  /** `require` for the file at `parent`. */
  require(parent: string): NodeJS.Require {
    const native = createRequire(parent);
    const own = (id: string): unknown => (this.#virtual[id] ? this.#virtual[id]() : native(id));
    return Object.assign(own, native) as NodeJS.Require;
  }

  /** The module as `import` gives it to the file or folder at `parent`. */
  async import(specifier: string, parent: string): Promise<Namespace> {
    const virtual = this.#virtual[specifier];
    if (virtual) return virtual();
    const url = resolve(specifier, parent);
    const path = url.startsWith('file:') ? fileURLToPath(url) : undefined;
    if (path === undefined || !isLocal(path)) return (await import(url)) as Namespace;
    this.#forgetChanged(path, new Set());
    const entry = await this.#compiled(path, this.#isLibrary(specifier, parent));
    if (entry.module.status === 'unlinked')
      await entry.module.link((name, from) => this.#link(name, from.identifier));
    // A module that failed stays failed: the next import after an edit, or the next try, reads it again.
    if (entry.module.status === 'errored') {
      this.#local.delete(path);
      throw (entry.module as vm.SourceTextModule).error;
    }
    try {
      await entry.module.evaluate();
    } catch (error) {
      this.#local.delete(path);
      throw error;
    }
    return entry.module.namespace as Namespace;
  }

  /** Drops a module that changed, or that imports one which did. */
  #forgetChanged(path: string, seen: Set<string>): boolean {
    const entry = this.#local.get(path);
    if (!entry || seen.has(path)) return false;
    seen.add(path);
    let changed = entry.version !== versionOf(path);
    for (const dependency of entry.dependencies) {
      if (this.#forgetChanged(dependency, seen) || !this.#local.has(dependency)) changed = true;
    }
    if (changed) this.#local.delete(path);
    return changed;
  }

  async #link(specifier: string, from: string): Promise<vm.Module> {
    const parent = fileURLToPath(from);
    const virtual = this.#virtual[specifier];
    if (virtual) return synthetic(specifier, virtual());
    const url = resolve(specifier, parent);
    const path = url.startsWith('file:') ? fileURLToPath(url) : undefined;
    if (path !== undefined && isLocal(path)) {
      this.#local.get(parent)?.dependencies.add(path);
      return (await this.#compiled(path, this.#isLibrary(specifier, parent))).module;
    }
    return synthetic(url, (await import(url)) as Namespace);
  }

  readonly #compiling = new Map<string, Promise<LocalModule>>();

  #isLibrary(specifier: string, parent: string): boolean {
    return !isPath(specifier) || this.#local.get(parent)?.library === true;
  }

  async #compiled(path: string, library: boolean): Promise<LocalModule> {
    const known = this.#local.get(path);
    // One that an interrupt ended has failed without an error to tell.
    if (known && known.module.status !== 'errored') return known;
    let compiling = this.#compiling.get(path);
    if (!compiling) {
      compiling = this.#compile(path, library).finally(() => this.#compiling.delete(path));
      this.#compiling.set(path, compiling);
    }
    return compiling;
  }

  async #compile(path: string, library: boolean): Promise<LocalModule> {
    const version = versionOf(path);
    const source = readFileSync(path, 'utf8');
    const url = pathToFileURL(path).href;
    let module: vm.Module;
    if (extname(path) === '.json') {
      let value: unknown;
      try {
        value = JSON.parse(source);
      } catch (error) {
        throw new SyntaxError(`${path}: ${(error as Error).message}`);
      }
      module = synthetic(url, { default: value });
    } else {
      let compiled: Awaited<ReturnType<typeof compileModule>>;
      try {
        compiled = await compileModule(source, path);
      } catch (error) {
        if (!(error instanceof CompileError)) throw error;
        const line = source.slice(0, error.offset ?? 0).split('\n').length;
        throw new SyntaxError(`${path}:${line}: ${error.message}`);
      }
      registerScript(url, path, source, compiled.maps, library);
      module = new vm.SourceTextModule(compiled.code, {
        identifier: url,
        initializeImportMeta: (meta) => {
          Object.assign(meta, importMeta(path));
        },
        importModuleDynamically: ((name: string) => this.import(name, path)) as never,
      });
    }
    const entry: LocalModule = { path, module, library, version, dependencies: new Set() };
    this.#local.set(path, entry);
    return entry;
  }
}

/** What `import.meta` holds for the file at `path`. */
export function importMeta(path: string): Record<string, unknown> {
  return {
    url: pathToFileURL(path).href,
    filename: path,
    dirname: dirname(path),
    resolve: (specifier: string) => resolve(specifier, path),
  };
}

function versionOf(path: string): string {
  const { mtimeMs, size } = statSync(path);
  return `${mtimeMs}:${size}`;
}

/** Whether Quire compiles the file: TypeScript, JSON, and ES modules outside `node_modules`. */
function isLocal(path: string): boolean {
  const extension = extname(path);
  if (!OURS.has(extension)) return false;
  if (TYPESCRIPT.has(extension) || extension === '.json') return true;
  if (path.includes('/node_modules/') || path.includes('\\node_modules\\')) return false;
  return extension !== '.js' || !isCommonJs(path);
}

function isCommonJs(path: string): boolean {
  const source = readFileSync(path, 'utf8');
  return (
    !/^\s*(import|export)\b/m.test(source) && /\b(module\.exports|exports\.\w+|require\s*\()/.test(source)
  );
}

/**
 * The URL that `specifier` names for the file at `parent`.
 * @throws with what was looked for, and how to install it.
 */
export function resolve(specifier: string, parent: string): string {
  if (/^(node|data|https?):/.test(specifier)) return specifier;
  if (isPath(specifier)) {
    const path = specifier.startsWith('file:')
      ? fileURLToPath(specifier)
      : join(specifier.startsWith('.') ? dirname(parent) : '', specifier);
    const found = resolveFile(path);
    if (found) return pathToFileURL(found).href;
    throw Object.assign(
      new Error(`Cannot find the file '${specifier}', looked for from ${dirname(parent)}.`),
      {
        code: 'ERR_MODULE_NOT_FOUND',
      },
    );
  }
  try {
    return import.meta.resolve(specifier, pathToFileURL(parent));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const installed = createRequire(parent)
      .resolve.paths(name)
      ?.some((folder) => existsSync(join(folder, name)));
    throw Object.assign(
      new Error(
        installed
          ? `The package '${name}' is installed, but '${specifier}' isn't in it: ${(error as Error).message}`
          : `Cannot find the package '${name}' from ${dirname(parent)}. Install it with:  %install ${name}`,
      ),
      { code },
    );
  }
}

function isPath(specifier: string): boolean {
  return /^(\.{1,2}(\/|$)|\/|file:|[A-Za-z]:[\\/])/.test(specifier);
}

function resolveFile(path: string): string | undefined {
  if (isFile(path)) return path;
  const extension = extname(path);
  for (const other of EMITTED[extension] ?? []) {
    const candidate = path.slice(0, -extension.length) + other;
    if (isFile(candidate)) return candidate;
  }
  for (const other of EXTENSIONS) if (isFile(path + other)) return path + other;
  for (const other of EXTENSIONS) if (isFile(join(path, `index${other}`))) return join(path, `index${other}`);
  return undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function synthetic(identifier: string, namespace: Namespace): vm.Module {
  const names = Object.keys(namespace);
  return new vm.SyntheticModule(
    names,
    function (this: vm.SyntheticModule) {
      for (const name of names) this.setExport(name, namespace[name]);
    },
    { identifier },
  );
}
