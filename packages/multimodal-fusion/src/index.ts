export {
  type Contribution,
  type Contributions,
  contributions,
  plotContributions,
} from './contributions/contributions.ts';
export * as fusion from './fusion/index.ts';
export * as objectives from './objectives/index.ts';
export * as augment from './pictures/augment/index.ts';
export { centerCrop, crop } from './pictures/crop.ts';
export {
  type DecodeBytesOptions,
  type DecodeOptions,
  decodePicture,
  readPicture,
} from './pictures/decode.ts';
export {
  ImageProcessor,
  type ImageProcessorConfig,
  type ImageProcessorJson,
  imageProcessor,
  loadImageProcessor,
  type PixelOptions,
  type TargetSize,
} from './pictures/image-processor.ts';
export { PictureLoader, type PictureLoaderOptions, type PictureSource } from './pictures/loader.ts';
export { type Box, type Picture, type Rgb, toChannels } from './pictures/picture.ts';
export { PictureError } from './pictures/picture-error.ts';
export { type Interpolation, type ResizeOptions, resize, resizeInThread } from './pictures/resample.ts';
export { type FusionPlayground, fusionPlayground } from './playground/fusion-model.ts';
export type {
  Modality,
  PlaygroundInput,
  PlaygroundModel,
  PlaygroundOutput,
  Scored,
} from './playground/model.ts';
export type { PlaygroundState } from './playground/picture-of-state.ts';
export {
  Playground,
  type PlaygroundHost,
  type PlaygroundOptions,
  playground,
} from './playground/playground.ts';
export {
  type Found,
  pictureGrid,
  type Recall,
  type RetrievalGridOptions,
  recallAtK,
  search,
} from './retrieval/search.ts';
export * as soundAugment from './sound/augment/index.ts';
export {
  type DecodeSoundBytesOptions,
  type DecodeSoundOptions,
  decodeSound,
  readSound,
} from './sound/decode.ts';
export {
  type DecibelOptions,
  decibels,
  logMelSpectrogram,
  WHISPER_SAMPLE_RATE,
  type WhisperOptions,
  whisperFeatures,
} from './sound/log-mel.ts';
export {
  hertzToMel,
  type MelFilterOptions,
  type MelOptions,
  melFilterBank,
  melSpectrogram,
  melToHertz,
} from './sound/mel.ts';
export { type MfccOptions, mfcc } from './sound/mfcc.ts';
export { type PlayerOptions, player } from './sound/player.ts';
export { type ResampleOptions, resample, resampleWaves } from './sound/resample.ts';
export { channelsOf, type Sound, toMono } from './sound/sound.ts';
export { SoundError } from './sound/sound-error.ts';
export { frameCount, type Spectrum, type StftOptions, spectrogram, stft } from './sound/stft.ts';
export { type Segment, type VoiceActivityOptions, voiceActivity } from './sound/voice-activity.ts';
