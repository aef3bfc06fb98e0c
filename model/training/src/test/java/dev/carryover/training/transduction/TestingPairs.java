package dev.carryover.training.transduction;

import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small data that can be learned. */
final class TestingPairs {
  private TestingPairs() {}

  /** Sources of up to 5 letters, to be written backwards; some also in another spelling. */
  static PairData reversals() {
    Random random = new Random(9);
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < 260; i++) {
      int[] source = random.ints(1 + random.nextInt(5), 1, 5).toArray();
      int[] target = new int[source.length];
      for (int t = 0; t < source.length; t++) {
        target[t] = source[source.length - 1 - t] + 1;
      }
      List<int[]> targets = new ArrayList<>(List.of(target));
      if (i % 20 == 0) {
        targets.add(new int[] {2, 2, 2});
      }
      pairs.add(new Pair("word" + i, source, targets));
    }
    return new PairData(
        Vocabulary.of(List.of("<unk>", "a", "b", "c", "d"), null, null, "<unk>"),
        Vocabulary.of(List.of("<bos>", "<eos>", "A", "B", "C", "D"), "<bos>", "<eos>", null),
        pairs.subList(0, 220),
        pairs.subList(220, 260),
        "reversals");
  }
}
