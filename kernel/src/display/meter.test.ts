import { describe, expect, it } from 'vitest';
import { clockTime, type Meter, meterLine, postfixText, scaled } from './meter.ts';

const meter = (some: Partial<Meter>): Meter => ({
  count: 0,
  total: undefined,
  seconds: 0,
  rate: undefined,
  description: '',
  unit: 'it',
  unitScale: false,
  postfix: '',
  ...some,
});

describe('meterLine', () => {
  // What `tqdm.format_meter` of tqdm 4.70.1 gives for the same numbers.
  it.each<[Partial<Meter>, string]>([
    [{ count: 42, total: 100, seconds: 3.4, rate: 12.3 }, ' 42%|████▏     | 42/100 [00:03<00:04, 12.30it/s]'],
    [{ count: 0, total: 2 }, '  0%|          | 0/2 [00:00<?, ?it/s]'],
    [{ count: 3, seconds: 6, rate: 0.5 }, '3it [00:06,  2.00s/it]'],
    [
      {
        count: 1250000,
        total: 5000000,
        seconds: 90,
        rate: 13717.4,
        unit: 'B',
        unitScale: true,
        description: 'load',
      },
      'load:  25%|██▌       | 1.25M/5.00M [01:30<04:33, 13.7kB/s]',
    ],
    [
      { count: 3, total: 4, seconds: 4000, rate: 0.0005, unit: 'step', postfix: 'loss=0.123' },
      ' 75%|███████▌  | 3/4 [1:06:40<33:20, 2000.00s/step, loss=0.123]',
    ],
    [{ count: 12, total: 10, seconds: 5, rate: 2.4 }, '12it [00:05,  2.40it/s]'],
    [{ count: 99950, seconds: 1, rate: 99950, unit: 'tok', unitScale: true }, '100ktok [00:01, 100ktok/s]'],
    [{ count: 1, total: 3, seconds: 1, rate: 1 }, ' 33%|███▎      | 1/3 [00:01<00:02,  1.00it/s]'],
    [
      { count: 50, total: 1000, seconds: 20, rate: 0.9, unitScale: true },
      '  5%|▌         | 50.0/1.00k [00:20<17:35, 1.11s/it]',
    ],
  ])('is tqdm’s for %j', (some, line) => {
    expect(meterLine(meter(some))).toBe(line);
  });

  it('says 100% only when all is done, where tqdm rounds up', () => {
    expect(meterLine(meter({ count: 999, total: 1000 }))).toMatch(/^ 99%\|█████████▉\| 999\/1000/);
    expect(meterLine(meter({ count: 0, total: 0 }))).toMatch(/^100%\|█{10}\| 0\/0/);
  });

  it('takes an infinite total for an unknown one', () => {
    expect(meterLine(meter({ count: 5, total: Number.POSITIVE_INFINITY, rate: 2 }))).toBe(
      '5it [00:00,  2.00it/s]',
    );
  });
});

describe('the parts of the line', () => {
  it('are times, scaled numbers and values', () => {
    expect([0, 61, 3723, 360_000].map(clockTime)).toEqual(['00:00', '01:01', '1:02:03', '100:00:00']);
    expect([0, 9.99, 99.9, 999, 1e6, 2.5e27].map(scaled)).toEqual([
      '0.00',
      '9.99',
      '99.9',
      '999',
      '1.00M',
      '2500.0Y',
    ]);
    expect(postfixText({ loss: 0.123456, epoch: 2, name: 'a', tiny: 1.5e-7 })).toBe(
      'loss=0.1235, epoch=2, name=a, tiny=1.5e-7',
    );
  });
});
