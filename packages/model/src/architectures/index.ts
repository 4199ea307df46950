import * as bert from './bert.ts';
import * as clip from './clip.ts';
import * as cnn from './cnn.ts';
import * as distilbert from './distilbert.ts';
import * as gpt2 from './gpt2.ts';
import * as llama from './llama.ts';
import * as mlp from './mlp.ts';
import * as resnet from './resnet.ts';
import * as roberta from './roberta.ts';
import * as sentenceEncoder from './sentence-encoder.ts';
import * as vit from './vit.ts';

export { bert, clip, cnn, distilbert, gpt2, llama, mlp, resnet, roberta, sentenceEncoder, vit };

/** All that a checkpoint can be of. */
export const ARCHITECTURES = [gpt2, bert, distilbert, roberta, llama, resnet, vit, clip, cnn, mlp] as const;

export type KnownArchitecture = (typeof ARCHITECTURES)[number];
