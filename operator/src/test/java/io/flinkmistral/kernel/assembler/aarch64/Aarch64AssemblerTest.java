package io.flinkmistral.kernel.assembler.aarch64;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.flinkmistral.kernel.assembler.aarch64.Vector.Shape;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Holds each instruction, with each kind of operand, against what GNU {@code as} made of it. */
@Timeout(60)
class Aarch64AssemblerTest {
  /**
   * A line of the file.
   *
   * @param bytes hexadecimal
   */
  private record Recorded(String bytes, String name, List<Object> operands) {
    static Recorded of(String line) {
      String[] parts = line.split("\t");
      String[] call = parts[1].split(" ");
      List<Object> operands =
          Arrays.stream(call).skip(1).map(Aarch64AssemblerTest::operand).toList();
      return new Recorded(parts[0], call[0], operands);
    }

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
        Object operand = operands.get(i);
        all =
            switch (operand) {
              case Integer _ -> types[i] == int.class;
              case Distance _ -> types[i] == Label.class;
              default -> types[i].isInstance(operand);
            };
      }
      return all;
    }

    String assembled() throws ReflectiveOperationException {
      Aarch64Assembler code = new Aarch64Assembler();
      Object[] arguments = operands.toArray();
      int last = arguments.length - 1;
      if (last < 0 || !(arguments[last] instanceof Distance(int bytes))) {
        method().invoke(code, arguments);
        return hex(code.toBytes());
      }
      Label label = new Label();
      arguments[last] = label;
      int before = 0;
      if (bytes < 0) {
        code.bind(label);
        before = -bytes;
        returns(code, before);
      }
      method().invoke(code, arguments);
      if (bytes > 0) {
        returns(code, bytes - Integer.BYTES);
        code.bind(label);
      }
      return hex(Arrays.copyOfRange(code.toBytes(), before, before + Integer.BYTES));
    }
  }

  /** To a label. */
  private record Distance(int bytes) {}

  private static Object operand(String text) {
    if (text.startsWith(".")) {
      return new Distance(Integer.parseInt(text.substring(1)));
    }
    if (text.equals("sp")) {
      return XRegister.SP;
    }
    if (text.startsWith("x")) {
      return XRegister.x(Integer.parseInt(text.substring(1)));
    }
    if (!text.startsWith("v")) {
      return Integer.valueOf(text);
    }
    String[] parts = text.substring(1).split("\\.");
    int number = Integer.parseInt(parts[0]);
    VRegister register = VRegister.v(number);
    if (parts.length == 1) {
      return register;
    }
    int index = parts[1].charAt(parts[1].length() - 1) - '0';
    return switch (parts[1]) {
      case "s" -> register.s();
      case "d" -> register.d();
      case "q" -> register.q();
      case String lane when lane.startsWith("lane") -> register.lane(index);
      case String quad when quad.startsWith("quad") -> register.quad(index);
      default -> new Vector(number, Shape.valueOf(parts[1].toUpperCase(Locale.ROOT)));
    };
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static void returns(Aarch64Assembler code, int bytes) {
    for (int i = 0; i < bytes; i += Integer.BYTES) {
      code.ret();
    }
  }

  /** Those of instructions. */
  private static Stream<Method> methods() {
    Set<String> others = Set.of("architecture", "toBytes", "here", "bind", "data");
    return Arrays.stream(Aarch64Assembler.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> !others.contains(method.getName()));
  }

  private static List<Recorded> recorded() {
    try (InputStream in =
        Aarch64AssemblerTest.class.getResourceAsStream("/assembler/encodings_aarch64.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().map(Recorded::of).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void instructionsAreEncodedAsRecorded() throws ReflectiveOperationException {
    for (Recorded instruction : recorded()) {
      assertThat(instruction.assembled()).as(instruction.toString()).isEqualTo(instruction.bytes());
    }
  }

  /** A new method without lines in the file, or a kind of operand without, is found here. */
  @Test
  void everyInstructionIsRecordedWithEachKindOfOperand() {
    Set<String> found = new TreeSet<>();
    for (Recorded instruction : recorded()) {
      String method = instruction.method().toString();
      found.add(method);
      instruction.operands().forEach(o -> found.add(method + o.getClass().getSimpleName()));
    }
    Set<String> wanted = new TreeSet<>();
    methods()
        .forEach(
            method -> {
              wanted.add(method.toString());
              if (List.of(method.getParameterTypes()).contains(VectorOperand.class)) {
                wanted.add(method + Lane.class.getSimpleName());
                wanted.add(method + Vector.class.getSimpleName());
              }
            });
    assertThat(found).containsAll(wanted);
    assertThat(wanted).hasSizeGreaterThan(50);
  }

  @Test
  void labelsHaveOnePlace() {
    Aarch64Assembler code = new Aarch64Assembler();
    Label label = new Label();
    code.b(label);
    assertThatIllegalStateException()
        .isThrownBy(code::toBytes)
        .withMessage("1 jumps to labels that are not bound");
    code.bind(label);
    assertThat(code.toBytes()).hasSize(4);
    assertThatIllegalStateException().isThrownBy(() -> code.bind(label));
  }

  @Test
  void operandsThatCannotBeEncodedAreRefused() {
    Aarch64Assembler code = new Aarch64Assembler();
    VRegister v = VRegister.v(1);
    XRegister x = XRegister.x(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VRegister.v(32))
        .withMessage("vector register 32: there are 32");
    assertThatIllegalArgumentException().isThrownBy(() -> XRegister.x(32));
    assertThatIllegalArgumentException().isThrownBy(() -> v.lane(4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> code.add(x, x, 4096))
        .withMessage("4096 does not fit 12 bits");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> code.ldr(v.q(), x, 8))
        .withMessage("an offset of 8: it counts 16 bytes");
    assertThatIllegalArgumentException().isThrownBy(() -> code.ldr(v.q(), x, -16));
    assertThatIllegalArgumentException().isThrownBy(() -> code.and(v.s4(), v.b16(), v.b16()));
    assertThatIllegalArgumentException().isThrownBy(() -> code.sdot(v.b16(), v.b16(), v.quad(0)));
    assertThatIllegalArgumentException().isThrownBy(() -> code.ushr(v.h8(), v.h8(), 0));
    assertThatIllegalArgumentException().isThrownBy(() -> code.shl(v.h8(), v.h8(), 16));
    assertThatIllegalArgumentException().isThrownBy(() -> code.movz(x, 1, 8));
  }
}
