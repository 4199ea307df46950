/** The TypeScript project that cells are checked in. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RESOURCES } from '../package.ts';

/** What every cell finds without an import. */
export const GLOBALS = join(RESOURCES, 'globals.d.ts');

/** `folder` and those above it. */
function* upwards(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (at === dirname(at)) return;
  }
}

/** The nearest tsconfig.json of the notebook's folder. */
export function userConfig(folder: string): { path: string; text: string } | undefined {
  for (const at of upwards(folder)) {
    const path = join(at, 'tsconfig.json');
    if (existsSync(path)) return { path, text: readFileSync(path, 'utf8') };
  }
  return undefined;
}

/** The text of a tsconfig: the project's own where there is one, with what a notebook needs on top. */
export function projectConfig(folder: string, cellFile: string): string {
  const user = userConfig(folder);
  const nodeTypes = ownNodeTypes(folder);
  const defaults: Record<string, unknown> = {
    strict: true,
    lib: libraries(Number.parseInt(process.versions.node, 10)),
    types: nodeTypes ? [] : ['node'],
    esModuleInterop: true,
    jsx: 'react-jsx',
  };
  const compilerOptions = Object.fromEntries(
    Object.entries(defaults).filter(([key]) => !user?.text.includes(`"${key}"`)),
  );
  return JSON.stringify({
    ...(user ? { extends: user.path } : {}),
    compilerOptions: {
      ...compilerOptions,
      target: 'esnext',
      module: 'esnext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      noEmit: true,
      composite: false,
      incremental: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      isolatedDeclarations: false,
      erasableSyntaxOnly: false,
      verbatimModuleSyntax: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      skipLibCheck: true,
    },
    files: [cellFile, GLOBALS, ...(nodeTypes ? [nodeTypes] : [])],
    include: [],
    references: [],
  });
}

/** The kernel's own types of Node.js, where the notebook's folder has none. */
function ownNodeTypes(folder: string): string | undefined {
  for (const at of upwards(folder)) {
    if (existsSync(join(at, 'node_modules', '@types', 'node', 'package.json'))) return undefined;
  }
  return join(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')), 'index.d.ts');
}

/** What of the language's library is there in a major version of Node.js. */
function libraries(node: number): string[] {
  if (node >= 24) return ['esnext'];
  return node >= 22
    ? ['es2024', 'es2025.collection', 'es2025.iterator', 'esnext.array', 'esnext.disposable']
    : ['es2023', 'esnext.disposable'];
}
