export * as captioning from './captioning.ts';
export {
  clipLoss,
  type SigLipParameters,
  sigLipLoss,
  sigLipSpec,
  type Temperature,
  temperatureSpec,
} from './contrastive.ts';
export { hardNegatives, matchingLoss } from './matching.ts';
