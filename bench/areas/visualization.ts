/** Figures beside Matplotlib: how soon a picture is there, and what live curves cost a training loop. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Area, Measurement } from '../harness.ts';
import { pythonEnvironment } from '../peers/cache.ts';

const run = promisify(execFile);
const ENGINE = fileURLToPath(new URL('../engines/visualization.js', import.meta.url));
const PEER = fileURLToPath(new URL('../../engines/visualization_peer.py', import.meta.url));

export const visualization: Area = {
  name: 'visualization',
  async setup() {
    let python: string | undefined;
    let reason = '';
    try {
      python = pythonEnvironment('matplotlib', ['matplotlib==3.11.2', 'numpy']);
    } catch (error) {
      reason = `could not be set up: ${(error as Error).message.split('\n')[0]}`;
    }
    const ours = (name: string) => async (): Promise<Measurement> =>
      Number((await run(process.execPath, ['--conditions=built', ENGINE, name])).stdout);
    const matplotlib = (name: string) => async (): Promise<Measurement> =>
      python === undefined ? { unavailable: reason } : Number((await run(python, [PEER, name])).stdout);
    return {
      cases: [
        {
          name: 'picture of a line chart, once warm',
          unit: 'ms',
          lowerIsBetter: true,
          ours: ours('line'),
          peers: { matplotlib: matplotlib('line') },
          rounds: 3,
        },
        {
          name: 'picture of 10,000 points, once warm',
          unit: 'ms',
          lowerIsBetter: true,
          ours: ours('points'),
          peers: { matplotlib: matplotlib('points') },
          rounds: 3,
        },
        {
          name: 'live curves: share of ten seconds of 2 ms steps',
          unit: '%',
          lowerIsBetter: true,
          target: '≤ 1 %',
          ours: ours('live'),
          peers: {},
          rounds: 3,
        },
      ],
      teardown: async () => {},
    };
  },
};
