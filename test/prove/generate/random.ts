/** Choices that a seed decides. */
export type Random = {
  /** 0 to below `bound`. */
  below(bound: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  /** undefined where there is nothing to pick. */
  pickFrom<Value>(values: readonly Value[]): Value | undefined;
  /** Up to `most` of the values, at least one where there is one, in any order. */
  some<Value>(values: readonly Value[], most: number): readonly Value[];
};

/** mulberry32: small, and good enough to choose grammar rules. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (values) => values[below(values.length)] ?? values[0],
    pickFrom: (values) => values[below(values.length)],
    some: (values, most) => {
      const left = [...values];
      const chosen = [];
      for (let more = 1 + below(most); more > 0 && left.length > 0; more -= 1) {
        chosen.push(...left.splice(below(left.length), 1));
      }
      return chosen;
    },
  };
}
