/** The derivative of the logarithm of the gamma function, for x > 0, by its asymptotic series from x ≥ 7 on. */
export function digamma(x: number): number {
  let result = 0;
  let shifted = x;
  for (; shifted < 7; shifted++) result -= 1 / shifted;
  shifted -= 0.5;
  const square = (1 / shifted) * (1 / shifted);
  const fourth = square * square;
  return (
    result +
    (Math.log(shifted) +
      (1 / 24) * square -
      (7 / 960) * fourth +
      (31 / 8064) * fourth * square -
      (127 / 30720) * fourth * fourth)
  );
}
