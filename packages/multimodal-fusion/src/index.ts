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
export { type Picture, type Rgb, toChannels } from './pictures/picture.ts';
export { PictureError } from './pictures/picture-error.ts';
export { type Box, type Interpolation, type ResizeOptions, resize } from './pictures/resample.ts';
