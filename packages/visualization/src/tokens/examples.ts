import type { Example } from '../examples.ts';

export const TOKEN_EXAMPLES: readonly Example[] = [
  {
    name: 'tokens',
    code: `v.tokens(['The', ' qu', 'ick', ' brown', ' fox', ' jumps', ' over', ' 13', ' lazy', ' dogs', '.', '\\n', 'Voil', 'à', ' <script>', '\\t', '!'],
  { title: 'Tokens', ids: [464, 627, 624, 7586, 21831, 18045, 625, 1511, 16931, 6844, 13, 198, 46001, 24247, 1279, 197, 0] })`,
    marks: { '.quire-drawing span': 17 },
  },
  {
    name: 'tokens-attribution',
    code: `v.tokens(['The', ' film', ' is', ' a', ' dull', ',', ' lifeless', ' mess', ',', ' but', ' the', ' score', ' is', ' wonder', 'ful', '.'],
  { values: [0.01, 0.05, 0, -0.02, -0.7, 0, -0.9, -0.8, 0, 0.25, 0.02, 0.2, 0.05, 0.6, 0.45, NaN], valueTitle: 'attribution to “positive”', title: 'Integrated gradients' })`,
    marks: { '.quire-drawing span[title]': 16 },
  },
  {
    name: 'generation',
    code: `v.generation([
  { token: ' Paris', probability: 0.62, alternatives: [{ token: ' the', probability: 0.12 }, { token: ' Lyon', probability: 0.03 }, { token: ' located', probability: 0.02 }] },
  { token: ',', probability: 0.71, alternatives: [{ token: '.', probability: 0.2 }, { token: ' and', probability: 0.04 }] },
  { token: ' a', probability: 0.18, alternatives: [{ token: ' which', probability: 0.31 }, { token: ' and', probability: 0.22 }] },
  { token: ' city', probability: 0.55, alternatives: [{ token: ' place', probability: 0.08 }] },
  { token: ' of', probability: 0.4, alternatives: [{ token: ' with', probability: 0.2 }, { token: ' that', probability: 0.2 }] },
  { token: ' cats', probability: 0.0004, alternatives: [{ token: ' light', probability: 0.21 }, { token: ' culture', probability: 0.09 }] },
  { token: '.', probability: 0.48, alternatives: [{ token: ' and', probability: 0.17 }] },
], { prompt: 'The capital of France is', title: 'Greedy decoding' })`,
    marks: { '.quire-drawing [tabindex]': 7 },
  },
  {
    name: 'diff',
    code: `v.diff('The quick brown fox jumps over the lazy dog and runs away.', 'The quick red fox leaps over the dog, and then runs away.', { title: 'Two outputs' })`,
    marks: { '.quire-drawing ins': 4, '.quire-drawing del': 3 },
  },
];
