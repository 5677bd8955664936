package io.flinkmistral.cache;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The number format of cached keys and values. */
public enum KvType {
  F32(4),
  F16(2),
  /** Signed bytes, with a scale in half precision for each 32 numbers of a token's head. */
  Q8_0(1);

  /** Numbers of a token's head that share a scale. */
  public static final int SCALED = 32;

  private final int bytes;

  KvType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one number, without scales. */
  public int bytes() {
    return bytes;
  }

  /** Scales of one token's head. */
  public int scales(int headDim) {
    return this == Q8_0 ? Math.ceilDiv(headDim, SCALED) : 0;
  }

  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The type of an option's value, such as {@code f16}. */
  public static KvType ofOption(String name) {
    for (KvType type : values()) {
      if (type.optionName().equals(name)) {
        return type;
      }
    }
    String names =
        Arrays.stream(values()).map(KvType::optionName).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "the KV type must be one of %s, but is %s".formatted(names, name));
  }
}
