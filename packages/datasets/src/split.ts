/** What a row is for: fitting, choosing (orders, weights, temperatures), or measuring once. */
export type Split = 'train' | 'validation' | 'test';

/** Every tenth group of rows is test and the one halfway between is validation, as chapters of `king-james` are. */
export function splitOf(number: number): Split {
  return number % 10 === 0 ? 'test' : number % 10 === 5 ? 'validation' : 'train';
}
