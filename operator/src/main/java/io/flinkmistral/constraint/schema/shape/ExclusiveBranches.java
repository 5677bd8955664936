package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Branches of which a value must fit exactly one. A grammar can only say that it fits some, so it
 * must be certain that no value fits two.
 *
 * <p>Where an object of one branch could fit the other by a property that the first does not need,
 * the property is forbidden: of {@code {"required": ["a"]}} and {@code {"required": ["b"]}}, the
 * first becomes the objects with {@code a} and without {@code b}.
 */
final class ExclusiveBranches {
  private static final int MAX_BRANCHES = 200;

  private final Shapes shapes;

  ExclusiveBranches(Shapes shapes) {
    this.shapes = shapes;
  }

  List<Shape> check(List<List<Shape>> branches, Place place) {
    if (branches.size() > MAX_BRANCHES) {
      throw place.refused(
          "has %,d branches, but at most %,d are allowed".formatted(branches.size(), MAX_BRANCHES));
    }
    List<List<Shape>> apart = new ArrayList<>();
    branches.forEach(branch -> apart.add(new ArrayList<>(branch)));
    for (int i = 0; i < branches.size(); i++) {
      for (int j = 0; j < i; j++) {
        for (int a = 0; a < branches.get(i).size(); a++) {
          for (int b = 0; b < branches.get(j).size(); b++) {
            Shape left = branches.get(i).get(a);
            Shape right = branches.get(j).get(b);
            if (!areApart(left, right, place)) {
              apart.get(i).set(a, without(apart.get(i).get(a), left, right, i, j, place));
              apart.get(j).set(b, without(apart.get(j).get(b), right, left, j, i, place));
            }
          }
        }
      }
    }
    return apart.stream().flatMap(List::stream).toList();
  }

  private boolean areApart(Shape left, Shape right, Place place) {
    shapes.effort().spend(1, place);
    Optional<Shape> both = shapes.both(left, right, place);
    return both.isEmpty() || shapes.isNever(both.get(), 0, place);
  }

  /** What is made of a shape so that its values do not fit the other one. */
  private Shape without(
      Shape made, Shape original, Shape other, int branch, int otherBranch, Place place) {
    if (made instanceof Objects objects
        && original instanceof Objects own
        && other instanceof Objects others) {
      Set<String> required = others.required();
      if (required.stream().anyMatch(name -> isForbidden(objects, name))) {
        return objects;
      }
      for (String name : required) {
        if (!own.required().contains(name)) {
          shapes.effort().spend(4L * objects.properties().size(), place);
          return objects.with(name, Goal.NEVER);
        }
      }
    }
    throw place.refused(
        ("branch %d and branch %d can both fit a value of type %s, which a grammar cannot exclude;"
                + " tell them apart by type, by const or enum in a required property, or use anyOf")
            .formatted(otherBranch, branch, original.type().word()));
  }

  private static boolean isForbidden(Objects objects, String name) {
    Goal goal = objects.properties().get(name);
    return goal != null && goal.isNever();
  }
}
