/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1];
  const high = sorted[Math.floor(middle)];
  if (low === undefined || high === undefined) throw new RangeError("no values");
  return (low + high) / 2;
}

export interface Ratio {
  /** Of the two medians. */
  readonly value: number;
  /** The least and the greatest of the rounds' own ratios. */
  readonly least: number;
  readonly greatest: number;
}

/** The ratio of two sides by the rounds that both have; undefined without such a round. */
export function ratio(
  values: ReadonlyMap<string, number>,
  base: ReadonlyMap<string, number>,
): Ratio | undefined {
  const rounds = [...values].flatMap(([round, value]) => {
    const other = base.get(round);
    return other === undefined ? [] : [{ value, other }];
  });
  if (rounds.length === 0) return undefined;
  const each = rounds.map(({ value, other }) => value / other);
  return {
    value: median(rounds.map(({ value }) => value)) / median(rounds.map(({ other }) => other)),
    least: Math.min(...each),
    greatest: Math.max(...each),
  };
}
