package io.flinkmistral.weights.tensors;

import io.flinkmistral.weights.MalformedModelException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors of a model by name, from one file or many. No two share a name or a byte. */
public final class TensorTable {
  /** Far more than a model of this family has (291 at 7B), and few enough to be no burden. */
  public static final int MAX_TENSORS = 1 << 16;

  private final Map<String, TensorEntry> entries = new LinkedHashMap<>();

  /** Adds the tensors of one file. */
  public void addAll(List<TensorEntry> tensors) throws MalformedModelException {
    checkOverlaps(tensors);
    for (TensorEntry tensor : tensors) {
      TensorEntry earlier = entries.putIfAbsent(tensor.name(), tensor);
      if (earlier != null) {
        throw tensor.malformed(
            "is declared twice, first at byte %d of %s"
                .formatted(earlier.declaredAt(), earlier.file().path().getFileName()));
      }
    }
  }

  public Optional<TensorEntry> find(String name) {
    return Optional.ofNullable(entries.get(name));
  }

  public Collection<TensorEntry> all() {
    return Collections.unmodifiableCollection(entries.values());
  }

  public int size() {
    return entries.size();
  }

  public long bytes() {
    return entries.values().stream().mapToLong(TensorEntry::bytes).sum();
  }

  private static void checkOverlaps(List<TensorEntry> tensors) throws MalformedModelException {
    List<TensorEntry> sorted = new ArrayList<>(tensors);
    sorted.sort(Comparator.comparingLong(TensorEntry::offset));
    for (int i = 1; i < sorted.size(); i++) {
      TensorEntry before = sorted.get(i - 1);
      TensorEntry tensor = sorted.get(i);
      long end = before.offset() + before.bytes();
      if (tensor.offset() < end) {
        throw tensor.malformed(
            "starts at byte %d, within tensor %s, which ends at byte %d"
                .formatted(tensor.offset(), before.name(), end));
      }
    }
  }
}
