export * as tf from './tf.ts';
export { leavesOf, mapTree, type Placed, type Tree, unflatten } from './tree.ts';
