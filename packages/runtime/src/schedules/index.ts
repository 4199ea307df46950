export { type PlateauOptions, type PlateauState, reduceOnPlateau } from './plateau.ts';
export {
  constant,
  cosine,
  exponential,
  linear,
  multiStep,
  oneCycle,
  type Schedule,
  stepDecay,
} from './schedule.ts';
