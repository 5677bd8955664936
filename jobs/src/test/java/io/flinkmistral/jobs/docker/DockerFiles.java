package io.flinkmistral.jobs.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.shaded.jackson2.org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The files of {@code docker/}, read as Docker Compose and Flink read them. */
final class DockerFiles {
  private static final Path ROOT = Path.of("..");
  private static final Path DOCKER = ROOT.resolve("docker");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\$|\\$\\{(\\w+)}");

  private final Map<String, String> settings;
  private final JsonNode compose;

  DockerFiles() throws IOException {
    settings = settings();
    String text = Files.readString(DOCKER.resolve("compose.yaml"));
    Object document = new Yaml().load(VARIABLE.matcher(text).replaceAll(this::value));
    compose = JsonMapper.shared().valueToTree(document);
  }

  /** The default of a setting in {@code .env}. */
  String setting(String name) {
    return settings.get(name);
  }

  Collection<String> services() {
    return compose.required("services").propertyNames();
  }

  JsonNode service(String name) {
    return compose.required("services").required(name);
  }

  /** The variables that a service sets, and those of {@code .env} where the service takes them. */
  Map<String, String> environment(String name) {
    Map<String, String> variables = new TreeMap<>();
    if (service(name).path("env_file").asString("").equals(".env")) {
      variables.putAll(settings);
    }
    service(name)
        .required("environment")
        .forEachEntry((key, value) -> variables.put(key, value.asString()));
    return variables;
  }

  /** Flink's configuration in a container: {@code config.yaml} and {@code FLINK_PROPERTIES}. */
  Configuration flink(String service) {
    Configuration flink = GlobalConfiguration.loadConfiguration(DOCKER.toString());
    environment(service)
        .get("FLINK_PROPERTIES")
        .lines()
        .map(line -> line.split(":", 2))
        .forEach(property -> flink.setString(property[0].strip(), property[1].strip()));
    return flink;
  }

  /** The one match of a pattern's first group in a file of the repository. */
  static String find(String file, String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(ROOT.resolve(file)));
    if (!matcher.find()) {
      throw new AssertionError(file + " has nothing like " + pattern);
    }
    return matcher.group(1);
  }

  /** A property of the root {@code pom.xml}. */
  static String pom(String property) throws IOException {
    return find("pom.xml", "<%1$s>(.*)</%1$s>".formatted(Pattern.quote(property)));
  }

  private static Map<String, String> settings() throws IOException {
    Properties lines = new Properties();
    try (var reader = Files.newBufferedReader(DOCKER.resolve(".env"))) {
      lines.load(reader);
    }
    Map<String, String> settings = new TreeMap<>();
    lines.stringPropertyNames().forEach(name -> settings.put(name, lines.getProperty(name)));
    return settings;
  }

  private String value(MatchResult variable) {
    if (variable.group(1) == null) {
      return "\\$";
    }
    String value = settings.get(variable.group(1));
    if (value == null) {
      throw new AssertionError(".env has no " + variable.group(1));
    }
    return Matcher.quoteReplacement(value);
  }
}
