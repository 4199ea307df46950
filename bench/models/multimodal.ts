/** Which group an emoji is of, by its picture, its name in one of ten languages, and how its name sounds. */
import { bert, cnn, initialize, layers, type ParametersOf, vit } from '@quire/model';
import { fusion, logMelSpectrogram } from '@quire/multimodal-fusion';
import { ops, type random, type tf } from '@quire/runtime';

/** Pixels of a side. */
export const SIDE = 64;
/** Tokens of a name. */
export const TOKENS = 16;
export const SAMPLE_RATE = 16_000;
/** Samples of a sound: one second. */
export const SAMPLES = SAMPLE_RATE;

/** What both engines build their model from, as the peer reads it from a file. */
export const SIZES = {
  side: SIDE,
  tokens: TOKENS,
  sampleRate: SAMPLE_RATE,
  samples: SAMPLES,
  width: 128,
  heads: 4,
  patchSize: 8,
  pictureLayers: 4,
  textLayers: 2,
  soundWidths: [16, 32, 64],
  soundGroups: 8,
  fftSize: 400,
  hopLength: 160,
  mels: 64,
} as const;

export interface Vocabulary {
  vocabularySize: number;
  labels: string[];
}

export function multimodalConfig({ vocabularySize, labels }: Vocabulary) {
  const { width, heads, soundWidths } = SIZES;
  const shape = { width, heads, innerWidth: 4 * width, hiddenDropout: 0, attentionDropout: 0 };
  return {
    picture: vit.config({
      ...shape,
      head: 'none',
      layers: SIZES.pictureLayers,
      imageSize: [SIDE, SIDE],
      patchSize: SIZES.patchSize,
    }),
    text: bert.config({
      ...shape,
      head: 'none',
      layers: SIZES.textLayers,
      vocabularySize,
      contextLength: TOKENS,
    }),
    sound: cnn.config({
      head: 'none',
      channels: 1,
      widths: [...soundWidths],
      groups: SIZES.soundGroups,
    }),
    fusion: {
      modalities: { picture: width, text: width, sound: soundWidths[soundWidths.length - 1] as number },
      width,
    },
    labels,
  };
}

export type MultimodalConfig = ReturnType<typeof multimodalConfig>;

function spec(config: MultimodalConfig) {
  return {
    picture: vit.spec(config.picture),
    text: bert.spec(config.text),
    sound: cnn.spec(config.sound),
    fusion: fusion.gated.spec(config.fusion),
    classifier: layers.uniformLinearSpec(config.fusion.width, config.labels.length),
  };
}

export type MultimodalParameters = ParametersOf<ReturnType<typeof spec>>;

export function initMultimodal(config: MultimodalConfig, key: random.Key): Promise<MultimodalParameters> {
  return initialize(spec(config), key);
}

export interface MultimodalBatch {
  /** float32 (B, 3, SIDE, SIDE), from -1 to 1 */
  pixelValues: tf.Tensor4D;
  /** int32 (B, TOKENS) */
  inputIds: tf.Tensor2D;
  /** int32 (B, TOKENS) */
  attentionMask: tf.Tensor2D;
  /** float32 (B, SAMPLES) */
  waves: tf.Tensor2D;
  /** int32 (B) */
  labels: tf.Tensor1D;
}

/** The cross-entropy in nats, a float32 scalar. */
export function multimodalLoss(
  params: MultimodalParameters,
  { pixelValues, inputIds, attentionMask, waves, labels }: MultimodalBatch,
  config: MultimodalConfig,
): tf.Scalar {
  const levels = logMelSpectrogram(waves, SIZES).div(40).add(1) as tf.Tensor3D;
  const spectrogram = levels.transpose([0, 2, 1]).expandDims(1) as tf.Tensor4D; // (B, mels, frames) -> (B, 1, frames, mels)
  const features = {
    picture: vit.forward(params.picture, { pixelValues }, config.picture).pooled as tf.Tensor2D,
    text: bert.forward(params.text, { inputIds, attentionMask }, config.text).pooled as tf.Tensor2D,
    sound: cnn.forward(params.sound, { pixelValues: spectrogram }, config.sound).pooled,
  };
  const { fused } = fusion.gated.forward(params.fusion, { features }, config.fusion);
  return ops.crossEntropy(layers.linear(fused, params.classifier), labels) as tf.Scalar;
}
