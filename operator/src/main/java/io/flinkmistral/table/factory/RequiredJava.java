package io.flinkmistral.table.factory;

import org.apache.flink.table.api.ValidationException;

/**
 * The Java that all but the classes of this package are compiled for. These are compiled for Java
 * 17, so that they can say what is needed: else Flink would fail there with whatever statement
 * looks for a factory.
 */
final class RequiredJava {
  private static final int FEATURE = 25;

  private RequiredJava() {}

  static boolean isThere() {
    return Runtime.version().feature() >= FEATURE;
  }

  /**
   * @throws ValidationException if this is an older one
   */
  static void check() {
    if (!isThere()) {
      throw new ValidationException(
          "provider and module 'mistral' need Java "
              + FEATURE
              + " in SQL client, gateway, JobManager and TaskManagers, but this is Java "
              + Runtime.version().feature()
              + " in "
              + System.getProperty("java.home")
              + ": set JAVA_HOME, or env.java.home in Flink's config.yaml");
    }
  }
}
