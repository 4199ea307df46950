// One file per thread, so that the kernel's start reads few files; native packages stay outside.
import { build } from 'esbuild';

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: {
    evaluator: 'src/evaluator/evaluator.ts',
    kernel: 'src/kernel.ts',
    launch: 'src/launch.ts',
    worker: 'src/protocol/worker.ts',
    quire: 'src/command/main.ts',
  },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: false,
  minifySyntax: true,
  minifyWhitespace: true,
  external: ['zeromq', 'oxc-parser', 'oxc-transform', 'esbuild', 'typescript'],
  logLevel: 'warning',
});
