package io.flinkmistral.constraint.automaton;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Characters in as few classes as tell some sets apart: all characters of a class are in the same
 * of the sets.
 *
 * @param classes disjoint, each character that is in any set is in one
 * @param members for each class, which of the sets it is in, ascending
 */
public record Partition(List<CodePoints> classes, List<List<Integer>> members) {
  private record Edge(int at, int set, boolean begins) {}

  public Partition {
    classes = List.copyOf(classes);
    members = List.copyOf(members);
  }

  public static Partition of(List<CodePoints> sets, Effort effort, Place place) {
    List<Edge> edges = new ArrayList<>();
    for (int set = 0; set < sets.size(); set++) {
      for (Range range : sets.get(set).ranges()) {
        edges.add(new Edge(range.first(), set, true));
        edges.add(new Edge(range.last() + 1, set, false));
      }
    }
    effort.spend(5L * edges.size(), place);
    edges.sort(Comparator.comparingInt(Edge::at));
    Map<List<Integer>, List<Range>> ranges = new LinkedHashMap<>();
    TreeSet<Integer> open = new TreeSet<>();
    int from = 0;
    for (Edge edge : edges) {
      if (edge.at() > from && !open.isEmpty()) {
        effort.spend(open.size(), place);
        ranges
            .computeIfAbsent(List.copyOf(open), _ -> new ArrayList<>())
            .add(new Range(from, edge.at() - 1));
      }
      from = edge.at();
      if (edge.begins()) {
        open.add(edge.set());
      } else {
        open.remove(edge.set());
      }
    }
    return new Partition(
        ranges.values().stream().map(CodePoints::of).toList(), List.copyOf(ranges.keySet()));
  }
}
