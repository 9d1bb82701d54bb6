/**
 * The grouping accuracy of log parsers: the share of messages whose group is exactly a group of the truth. Source: Zhu et al.:
 * Tools and benchmarks for automated log parsing. ICSE 2019.
 */
export function groupingAccuracy(groups: readonly unknown[], truth: readonly unknown[]): number {
  const membersOf = (values: readonly unknown[]): Map<unknown, number[]> =>
    Map.groupBy(
      values.map((_, index) => index),
      (index) => values[index],
    );
  const truths = membersOf(truth);
  let right = 0;
  for (const members of membersOf(groups).values()) {
    const expected = truths.get(truth[members[0]!])!;
    if (expected.length === members.length && expected.every((index, i) => index === members[i]))
      right += members.length;
  }
  return right / groups.length;
}
