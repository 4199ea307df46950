import { defineConfig } from 'vitest/config';

const report = process.env.QUIRE_TEST_REPORT;

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    // For `.ci/run`, which counts over several runs.
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'kernel/src/**/*.test.ts',
            'packages/*/src/**/*.test.ts',
            'datasets/checkpoints/*.test.ts',
            'bench/**/*.test.ts',
          ],
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'suites',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/environment.ts'],
          // One file at a time: a kernel, its language server and the client already fill two cores, and the
          // suites assert how soon the kernel answers.
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 40_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
