/** `count` of the numbers as an array: several times faster than `Array.from`, which iterates. */
export function numbersOf(numbers: Int32Array, from: number, count: number): number[] {
  const result = new Array<number>(count);
  for (let i = 0; i < count; i++) result[i] = numbers[from + i] as number;
  return result;
}
