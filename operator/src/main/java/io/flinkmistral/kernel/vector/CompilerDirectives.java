package io.flinkmistral.kernel.vector;

import static java.util.stream.Collectors.joining;

import io.flinkmistral.kernel.packing.BlockPacker;
import io.flinkmistral.kernel.packing.BlockRows;
import io.flinkmistral.kernel.packing.ByteBlocks;
import io.flinkmistral.kernel.packing.FiveBlocks;
import io.flinkmistral.kernel.packing.NibbleBlocks;
import io.flinkmistral.kernel.packing.PanelPacker;
import io.flinkmistral.kernel.packing.SixBlocks;
import io.flinkmistral.kernel.packing.ThreeBlocks;
import io.flinkmistral.kernel.packing.TwoBlocks;
import io.flinkmistral.kernel.packing.tiles.ByteTiles;
import io.flinkmistral.kernel.packing.tiles.WordTiles;
import io.flinkmistral.kernel.panel.PanelKernel;
import io.flinkmistral.kernel.pool.SpinParkPool;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What HotSpot is told about methods, so that kernels are compiled soon.
 *
 * <p>A directive holds for the JVM; {@code jcmd PID Compiler.directives_print} shows it. Without it
 * kernels are as good, but perhaps late.
 */
public final class CompilerDirectives {
  private static final Logger LOG = LoggerFactory.getLogger(CompilerDirectives.class);

  /** HotSpot's answer to those that it took. */
  private static final String ADDED = "%d compiler directives added";

  private static final AtomicBoolean C2_IS_SPARED = new AtomicBoolean();

  /** See {@link #begin}. */
  private static final CompletableFuture<Void> BEFORE_KERNELS =
      CompletableFuture.runAsync(
          CompilerDirectives::addBeforeKernels,
          task -> Thread.ofPlatform().daemon().name("compiler-directives").start(task));

  private CompilerDirectives() {}

  /**
   * Tells what is to be known before kernels are called, on a thread of its own: where the JVM's
   * management was not used before, it takes 0.2 s to start.
   */
  static void begin() {
    // It begins with this class.
  }

  /** Waits for that: kernels are not to be called before. */
  static void await() {
    BEFORE_KERNELS.join();
  }

  private static void addBeforeKernels() {
    add(compileKernelsWithC2Only(), compileProductsInParts());
  }

  /**
   * Keeps kernels from the first compiler, C1. It calls the vector classes, so its code is hardly
   * faster than the interpreter. And it is in the way: where it compiled a method without counters
   * (as it does when C2 is busy) and then has not the registers for one with counters, C2 does not
   * get the method for minutes.
   */
  static String compileKernelsWithC2Only() {
    List<String> kernels =
        List.of(
            methods(PanelKernel.CLASS_NAME + "*", "*"),
            methods(StridedProduct.CLASS_NAME + "*", "*"),
            methods(ByteTiles.class.getName(), "*"),
            methods(WordTiles.class.getName(), "*"));
    return directive(kernels, "c1", "Exclude: true");
  }

  /**
   * Keeps the methods that a task of a product goes through apart, down to those for a block of
   * rows. They are so few calls that it makes no difference, but in the first pass C2 would compile
   * each anew in all that call it, and take more than half a second of a core from the pass.
   */
  static String compileProductsInParts() {
    List<String> callers =
        Stream.of(
                SpinParkPool.class,
                PackedProduct.class,
                MachineProduct.class,
                PanelMatrix.class,
                PanelPacker.class,
                BlockPacker.class,
                ByteBlocks.class,
                TwoBlocks.class,
                ThreeBlocks.class,
                NibbleBlocks.class,
                FiveBlocks.class,
                SixBlocks.class)
            .map(type -> methods(type.getName() + "*", "*"))
            .toList();
    List<String> parts =
        List.of(
            methods(PackedProduct.class.getName(), "compute"),
            methods(PackedProduct.class.getName(), "multiply"),
            methods(MachineProduct.class.getName(), "compute"),
            methods(MachineProduct.class.getName(), "store"),
            methods(PanelMatrix.class.getName(), "read"),
            methods(PanelPacker.class.getName(), "pack*"),
            methods(ByteBlocks.class.getName(), "q*"),
            methods(TwoBlocks.class.getName(), "q*"),
            methods(ThreeBlocks.class.getName(), "q*"),
            methods(NibbleBlocks.class.getName(), "q*"),
            methods(FiveBlocks.class.getName(), "q*"),
            methods(SixBlocks.class.getName(), "q*"),
            methods(BlockRows.class.getName(), "read"),
            methods(BlockRows.class.getName(), "takeWords"),
            methods(BlockRows.class.getName(), "write*"));
    return directive(callers, "c2", "inline: " + list("-", parts));
  }

  /** Has {@link #keepVectorClassesFromC2} done, once. */
  public static void spareC2() {
    if (!C2_IS_SPARED.getAndSet(true)) {
      add(keepVectorClassesFromC2());
    }
  }

  /**
   * Keeps from C2 what interpreted kernels call in place of vector instructions, and what writes
   * their classes. Where kernels are compiled ahead these are of no use afterwards, and C2, which
   * has one thread on a few cores, would take as long for them as for the kernels. What is compiled
   * has such methods in its own code nevertheless.
   */
  static String keepVectorClassesFromC2() {
    List<String> calledBefore =
        List.of(
            methods("jdk.incubator.vector.*", "*"),
            methods("jdk.internal.vm.vector.*", "*"),
            methods("jdk.internal.classfile.impl.*", "*"));
    return directive(calledBefore, "c2", "Exclude: true");
  }

  /** A pattern for methods; a star stands for any end. */
  private static String methods(String className, String method) {
    return className.replace('.', '/') + "." + method;
  }

  private static String directive(List<String> methods, String compiler, String what) {
    return "{ match: %s, %s: { %s } }".formatted(list("", methods), compiler, what);
  }

  /**
   * Methods as a directive has them.
   *
   * @param sign before each: a minus stands for not
   */
  private static String list(String sign, List<String> methods) {
    return methods.stream()
        .map(method -> "\"" + sign + method + "\"")
        .collect(joining(", ", "[", "]"));
  }

  private static void add(String... directives) {
    String all = "[%s]".formatted(String.join(", ", directives));
    try {
      Path file = Files.createTempFile("directives", ".json");
      try {
        Files.writeString(file, all);
        Object answer =
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "compilerDirectivesAdd",
                    new Object[] {new String[] {file.toString()}},
                    new String[] {String[].class.getName()});
        if (String.valueOf(answer).contains(ADDED.formatted(directives.length))) {
          LOG.debug("{}: {}", all, answer);
        } else {
          LOG.warn("the JVM did not take compiler directives, and kernels may be late: {}", answer);
        }
      } finally {
        Files.delete(file);
      }
    } catch (IOException | JMException | SecurityException e) {
      LOG.debug("without {}", all, e);
    }
  }
}
