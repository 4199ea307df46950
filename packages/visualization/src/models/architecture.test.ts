import { describe, expect, it } from 'vitest';
import { architecture, DISPLAY, type ModuleDescription } from '../index.ts';

const HOSTILE = '<img src=x onerror=hit()>';
const block = (name: string): ModuleDescription => ({
  name,
  children: [
    { name: 'attn', kind: 'Attention', parameters: { weight: [4, 12] } },
    { name: 'mlp', kind: 'MLP', parameters: { weight: [4, 8], bias: [8] } },
  ],
});
const model: ModuleDescription = {
  name: 'gpt',
  children: [
    { name: 'wte', kind: HOSTILE, parameters: { weight: [10, 4] }, outputShape: ['batch', 4] },
    block('h.0'),
    block('h.1'),
    block('h.2'),
    { name: 'head', parameters: { weight: [4, 10] } },
  ],
};
const drawn = async (...given: Parameters<typeof architecture>) => {
  const svg = await architecture(...given).toSvg();
  const number = (name: string): number => svg.match(new RegExp(`class="${name}"`, 'g'))?.length ?? 0;
  return { svg, boxes: number('node'), arrows: number('arrow'), groups: number('group') };
};

describe('an architecture', () => {
  it('counts parameters, and draws equal modules in a row once', async () => {
    const { svg, boxes, arrows, groups } = await drawn(model);
    expect([boxes, arrows, groups]).toEqual([4, 3, 2]);
    expect(architecture(model).alt).toContain('344 parameters');
    expect(svg).toContain('h.0 … h.2 (× 3)  88 parameters each (76.7%)');
    expect(svg).toContain('→ [batch, 4]');
    // Of all four blocks' attention, with its own shape.
    expect(svg).toContain('weight [4, 12]');
    expect(svg).toContain('48 parameters each (41.9%)');
    expect(await drawn(model, { fold: false })).toMatchObject({ boxes: 8, arrows: 7, groups: 4 });
    expect(await drawn(model, { depth: 1, fold: false })).toMatchObject({ boxes: 5, arrows: 4, groups: 1 });
  });

  it('has the edges that are given', async () => {
    const edges = [
      ['wte', 'h.0'],
      ['wte', 'head'],
      ['h.0', 'head'],
    ] as const;
    const small = { ...model, children: [model.children![0]!, block('h.0'), model.children![4]!], edges };
    expect(await drawn(small)).toMatchObject({ boxes: 4, arrows: 4 });
  });

  it('is escaped, and pages have the whole tree', async () => {
    const html = (await architecture(model)[DISPLAY]())['text/html'] as string;
    expect(html).not.toContain('<img');
    expect(html.match(/<details/g)).toHaveLength(12);
    expect(html).toContain('bias [8]');
  });

  it('is told by a tree of parameters too, by names with dots, and by a model', async () => {
    const shape = (...own: number[]) => ({ shape: own });
    const params = {
      transformer: {
        wte: { weight: shape(10, 4) },
        h: [0, 1, 2].map(() => ({
          attn: { c_attn: { weight: shape(4, 12), bias: shape(12) }, c_proj: { weight: shape(4, 4) } },
          mlp: { weight: shape(4, 8) },
        })),
        scale: shape(),
      },
    };
    const nested = await drawn(params);
    // The token embedding, and of the blocks, which are drawn once, attention and MLP; no arrow tells what isn't known.
    expect(nested).toMatchObject({ boxes: 3, arrows: 0, groups: 2 });
    for (const text of [
      'model.transformer  365 parameters (100.0%)',
      'h.0 … h.2 (× 3)  108 parameters each (88.8%)',
      'weight [10, 4]',
    ]) {
      expect(nested.svg).toContain(text);
    }
    const flat = Object.fromEntries(
      ['wte.weight', 'h.0.weight', 'h.1.weight'].map((name) => [`transformer.${name}`, shape(2, 2)]),
    );
    // Layers follow each other.
    expect(await drawn(flat)).toMatchObject({ boxes: 3, arrows: 1, groups: 1 });
    expect((await drawn(params, { depth: 3, name: 'own' })).svg).toContain('>c_attn<');
    const model = { architecture: { modelType: 'gpt2' }, params, config: { layers: 3 } };
    expect((await drawn(model)).svg).toContain('gpt2.transformer  365 parameters');
    expect(architecture(model).alt).toBe('Architecture of gpt2.transformer: 365 parameters in 3 modules.');
  });

  it('that does not fit is refused, and says where', () => {
    const cases: [ModuleDescription, string][] = [
      [{} as never, 'architecture: there is no parameter.'],
      [3 as never, 'the model has to be { name, … }, a tree of parameters or a model with params, not 3'],
      [{ a: { b: 3 } } as never, 'architecture: a.b has to be a tensor or hold some, not 3.'],
      [{ name: 'a', children: [{} as never] }, 'a module in a has to be'],
      [{ name: 'a', children: [{ name: 'b' }, { name: 'b' }] }, 'a has two modules "b"'],
      [{ name: 'a', children: [{ name: 'b' }], edges: [['b', 'c']] }, 'a has no module "c"'],
      [{ name: 'a', parameters: { w: 3 as never } }, 'the shape of a.w has to be an array, not 3'],
    ];
    for (const [bad, text] of cases) expect(() => architecture(bad)).toThrow(text);
    expect(() => architecture(model, { depth: 0 })).toThrow(/depth has to be/);
  });
});
