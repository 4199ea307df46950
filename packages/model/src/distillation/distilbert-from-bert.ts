import { cloneTree } from '@quire/runtime';
import type { BertConfig, BertParameters } from '../architectures/bert.ts';
import * as distilbert from '../architectures/distilbert.ts';

/**
 * A DistilBERT that begins with every second layer of a BERT, as the published one did (Sanh et al. 2019,
 * https://arxiv.org/abs/1910.01108); segments and pooler are left out, and a masked-language head is taken over. The
 * parameters are copies: whoever asked disposes them.
 *
 * @param options `layers`: which layers of the BERT, in order; 0, 2, 4, … where not given. The published DistilBERT has
 *   0, 2, 4, 7, 9 and 11 of 12.
 * @throws {RangeError} for a layer that the BERT hasn't.
 */
export function distilBertFrom(
  teacher: BertParameters,
  config: BertConfig,
  options: { layers?: readonly number[] } = {},
): { params: distilbert.DistilBertParameters; config: distilbert.DistilBertConfig } {
  const { layer } = teacher.bert.encoder;
  const { layers = layer.map((_, i) => i).filter((i) => i % 2 === 0) } = options;
  if (layers.length === 0) throw new RangeError('A DistilBERT needs at least one layer.');
  const { embeddings } = teacher.bert;
  const predictions = teacher.cls?.predictions;
  const params: distilbert.DistilBertParameters = {
    distilbert: {
      embeddings: {
        word_embeddings: embeddings.word_embeddings,
        position_embeddings: embeddings.position_embeddings,
        LayerNorm: embeddings.LayerNorm,
      },
      transformer: {
        layer: layers.map((index) => {
          const from = layer[index];
          if (!from) throw new RangeError(`The BERT has layers 0 to ${layer.length - 1}, and no ${index}.`);
          const { attention, intermediate, output } = from;
          return {
            attention: {
              q_lin: attention.self.query,
              k_lin: attention.self.key,
              v_lin: attention.self.value,
              out_lin: attention.output.dense,
            },
            sa_layer_norm: attention.output.LayerNorm,
            ffn: { lin1: intermediate.dense, lin2: output.dense },
            output_layer_norm: output.LayerNorm,
          };
        }),
      },
    },
    ...(predictions && {
      vocab_transform: predictions.transform.dense,
      vocab_layer_norm: predictions.transform.LayerNorm,
      vocab_projector: { bias: predictions.bias },
    }),
  };
  return {
    params: cloneTree(params),
    config: distilbert.config({
      head: predictions ? 'maskedLanguageModel' : 'none',
      vocabularySize: config.vocabularySize,
      contextLength: config.contextLength,
      width: config.width,
      layers: layers.length,
      heads: config.heads,
      innerWidth: config.innerWidth,
      activation: config.activation,
      dropout: config.hiddenDropout,
      attentionDropout: config.attentionDropout,
      padTokenId: config.padTokenId,
      initializerDeviation: config.initializerDeviation,
    }),
  };
}
