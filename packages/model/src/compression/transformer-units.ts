import type { UnitGroup } from './units.ts';

/** What these architectures' configurations have in common. */
export interface TransformerSizes {
  layers: number;
  heads: number;
  innerWidth: number;
}

export interface TransformerUnits {
  /** Of the feed-forward layers. */
  neurons: UnitGroup[];
  heads: UnitGroup[];
}

/** Where neurons and heads are in the parameters of a transformer. */
export function transformerUnits(
  { modelType }: { modelType: string },
  { layers, heads, innerWidth }: TransformerSizes,
): TransformerUnits {
  const names = LAYERS[modelType];
  if (!names)
    throw new RangeError(`Units are known of ${Object.keys(LAYERS).join(', ')}, not of ${modelType}.`);
  const indices = Array.from({ length: layers }, (_, i) => i);
  return {
    neurons: indices.map((i) => group(`${names.layer}.${i}`, innerWidth, names.neurons)),
    heads: indices.map((i) => group(`${names.layer}.${i}`, heads, names.heads)),
  };
}

interface Part {
  /** Makes the units: weight and bias. */
  from: readonly string[];
  /** Takes them in: the weight alone. */
  to: string;
  /** How weights lie; see `parts` of a member. */
  inOut?: boolean;
  parts?: number;
}

function group(layer: string, units: number, { from, to, inOut = false, parts = 1 }: Part): UnitGroup {
  return {
    name: `${layer}.${to}`,
    units,
    members: [
      ...from.flatMap((name) => [
        { name: `${layer}.${name}.weight`, axis: inOut ? 1 : 0, parts },
        { name: `${layer}.${name}.bias`, axis: 0, parts },
      ]),
      { name: `${layer}.${to}.weight`, axis: inOut ? 0 : 1 },
    ],
  };
}

const bertLayer = (prefix: string): { layer: string; neurons: Part; heads: Part } => ({
  layer: `${prefix}.encoder.layer`,
  neurons: { from: ['intermediate.dense'], to: 'output.dense' },
  heads: {
    from: ['attention.self.query', 'attention.self.key', 'attention.self.value'],
    to: 'attention.output.dense',
  },
});

const LAYERS: Readonly<Record<string, { layer: string; neurons: Part; heads: Part }>> = {
  gpt2: {
    layer: 'transformer.h',
    neurons: { from: ['mlp.c_fc'], to: 'mlp.c_proj', inOut: true },
    heads: { from: ['attn.c_attn'], to: 'attn.c_proj', inOut: true, parts: 3 },
  },
  bert: bertLayer('bert'),
  roberta: bertLayer('roberta'),
  distilbert: {
    layer: 'distilbert.transformer.layer',
    neurons: { from: ['ffn.lin1'], to: 'ffn.lin2' },
    heads: { from: ['attention.q_lin', 'attention.k_lin', 'attention.v_lin'], to: 'attention.out_lin' },
  },
};
