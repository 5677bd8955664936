package io.flinkmistral.kernel.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Holds each instruction, with each kind of operand, against what GNU {@code as} made of it. */
@Timeout(60)
class AssemblerTest {
  private static final Pattern VECTOR = Pattern.compile("([xyz])mm([0-9]+)");
  private static final Pattern MEMORY =
      Pattern.compile("[a-z]+ ptr \\[([a-z0-9]+)([+-][0-9]+)\\](\\{1to16\\})?");
  private static final Pattern LEA = Pattern.compile("lea ([a-z0-9]+), \\[rip([+-][0-9]+)\\]");
  private static final Pattern JUMP = Pattern.compile("(j[a-z]+) \\.([+-][0-9]+)");

  /** What {@code as} names otherwise: where an instruction has names for both encodings. */
  private static final Set<String> SHORT_NAMES = Set.of("movabs");

  private static List<Recorded> recorded;

  /**
   * A line of the file.
   *
   * @param bytes hexadecimal
   */
  private record Recorded(String bytes, String name, List<Object> operands) {
    static Recorded of(String line) {
      String[] parts = line.split(" ", 3);
      String name = SHORT_NAMES.contains(parts[1]) ? parts[1].substring(0, 3) : parts[1];
      List<Object> operands =
          parts.length < 3
              ? List.of()
              : Stream.of(parts[2].split(", ")).map(AssemblerTest::operand).toList();
      return new Recorded(parts[0], name, operands);
    }

    /** The assembler's method for it. */
    Method method() {
      return methods()
          .filter(method -> method.getName().equals(name) && takes(method))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no method for " + this));
    }

    private boolean takes(Method method) {
      Class<?>[] types = method.getParameterTypes();
      boolean all = types.length == operands.size();
      for (int i = 0; all && i < types.length; i++) {
        all = types[i].isPrimitive() == operands.get(i) instanceof Long;
        all &= types[i].isPrimitive() || types[i].isInstance(operands.get(i));
      }
      return all;
    }

    String assembled() throws ReflectiveOperationException {
      Assembler code = new Assembler();
      Method method = method();
      Object[] arguments = operands.toArray();
      for (int i = 0; i < arguments.length; i++) {
        if (method.getParameterTypes()[i] == int.class) {
          arguments[i] = Math.toIntExact((long) arguments[i]);
        }
      }
      method.invoke(code, arguments);
      return hex(code.toBytes());
    }
  }

  private static Object operand(String text) {
    Matcher vector = VECTOR.matcher(text);
    if (vector.matches()) {
      int bits = 128 << "xyz".indexOf(vector.group(1));
      return new VectorRegister(Integer.parseInt(vector.group(2)), bits);
    }
    Matcher memory = MEMORY.matcher(text);
    if (memory.matches()) {
      int displacement = Integer.parseInt(memory.group(2));
      return new Memory(register(memory.group(1)), displacement, memory.group(3) != null);
    }
    return text.matches("-?[0-9]+") ? (Object) Long.valueOf(text) : register(text);
  }

  /** Also by the names of their lower halves. */
  private static Register register(String name) {
    String wide = name.replaceFirst("^e", "r").replaceFirst("d$", "");
    return Register.valueOf(wide.toUpperCase(Locale.ROOT));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Those of instructions. */
  private static Stream<Method> methods() {
    Set<String> others = Set.of("architecture", "toBytes", "here", "bind", "data", "lea");
    return Arrays.stream(Assembler.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> !others.contains(method.getName()));
  }

  private static Stream<String> lines() {
    try (InputStream in = AssemblerTest.class.getResourceAsStream("/assembler/encodings.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeAll
  static void read() {
    recorded = lines().filter(line -> !namesLabel(line)).map(Recorded::of).toList();
  }

  private static boolean namesLabel(String line) {
    return JUMP.matcher(line).find() || LEA.matcher(line).find();
  }

  @Test
  void instructionsAreEncodedAsRecorded() throws ReflectiveOperationException {
    for (Recorded instruction : recorded) {
      assertThat(instruction.assembled()).as(instruction.toString()).isEqualTo(instruction.bytes());
    }
  }

  /** A new method without lines in the file, or a kind of operand without, is found here. */
  @Test
  void everyInstructionIsRecordedWithEachKindOfOperand() {
    Set<String> found = new TreeSet<>();
    for (Recorded instruction : recorded) {
      String method = instruction.method().toString();
      found.add(method);
      instruction.operands().forEach(o -> found.add(method + o.getClass().getSimpleName()));
    }
    Set<String> wanted = new TreeSet<>();
    methods()
        .filter(method -> !method.getName().startsWith("j"))
        .forEach(
            method -> {
              wanted.add(method.toString());
              if (List.of(method.getParameterTypes()).contains(VectorOperand.class)) {
                wanted.add(method + Memory.class.getSimpleName());
                wanted.add(method + VectorRegister.class.getSimpleName());
              }
            });
    assertThat(found).containsAll(wanted);
    assertThat(wanted).hasSizeGreaterThan(60);
  }

  @Test
  void jumpsReachBothWaysAsRecorded() throws ReflectiveOperationException {
    List<String> jumps = lines().filter(line -> JUMP.matcher(line).find()).toList();
    assertThat(jumps).hasSize(16);
    for (String line : jumps) {
      Matcher jump = JUMP.matcher(line);
      assertThat(jump.find()).isTrue();
      Method method = Assembler.class.getMethod(jump.group(1), Label.class);
      int distance = Integer.parseInt(jump.group(2));
      String bytes = line.substring(0, line.indexOf(' '));
      int length = bytes.length() / 2;
      Assembler code = new Assembler();
      byte[] all;
      if (distance < 0) {
        Label label = code.here();
        returns(code, -distance);
        method.invoke(code, label);
        all = Arrays.copyOfRange(code.toBytes(), -distance, length - distance);
      } else {
        Label label = new Label();
        method.invoke(code, label);
        returns(code, distance - length);
        code.bind(label);
        all = Arrays.copyOf(code.toBytes(), length);
      }
      assertThat(hex(all)).as(line).isEqualTo(bytes);
    }
  }

  @Test
  void addressesOfLabelsAreAsRecorded() {
    List<String> all = lines().filter(line -> LEA.matcher(line).find()).toList();
    assertThat(all).hasSize(Register.values().length);
    for (String line : all) {
      Matcher lea = LEA.matcher(line);
      assertThat(lea.find()).isTrue();
      int distance = Integer.parseInt(lea.group(2));
      int length = 7;
      Assembler code = new Assembler();
      Label label = new Label();
      int start = 0;
      if (distance < 0) {
        code.bind(label);
        start = -distance - length;
        returns(code, start);
      }
      code.lea(register(lea.group(1)), label);
      if (distance >= 0) {
        returns(code, distance);
        code.bind(label);
      }
      code.data(0x04030201);
      byte[] bytes = code.toBytes();
      assertThat(hex(Arrays.copyOfRange(bytes, start, start + length)))
          .as(line)
          .isEqualTo(line.substring(0, line.indexOf(' ')));
      assertThat(hex(bytes)).endsWith("01020304");
    }
  }

  /** Instructions of one byte. */
  private static void returns(Assembler code, int count) {
    for (int i = 0; i < count; i++) {
      code.ret();
    }
  }

  @Test
  void labelsHaveOnePlace() {
    Assembler code = new Assembler();
    Label label = new Label();
    code.jmp(label);
    assertThatIllegalStateException()
        .isThrownBy(code::toBytes)
        .withMessage("1 jumps to labels that are not bound");
    code.bind(label);
    assertThat(code.toBytes()).hasSize(5);
    assertThatIllegalStateException().isThrownBy(() -> code.bind(label));
  }

  @Test
  void operandsThatCannotBeEncodedAreRefused() {
    Assembler code = new Assembler();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VectorRegister.ymm(16))
        .withMessage("vector register 16: of 256 bits there are 16");
    assertThatIllegalArgumentException().isThrownBy(() -> VectorRegister.zmm(32));
    assertThatIllegalArgumentException().isThrownBy(() -> new VectorRegister(0, 64));
    VectorRegister a = VectorRegister.ymm(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> code.vpaddd(a, a, Memory.allLanes(Register.RDI, 4)))
        .withMessageContaining("512 bits only");
  }
}
