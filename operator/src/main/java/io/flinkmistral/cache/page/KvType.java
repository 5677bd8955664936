package io.flinkmistral.cache.page;

import io.flinkmistral.kernel.arithmetic.NumbersInPlace;
import io.flinkmistral.tensor.DataType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The number format of cached keys and values. */
public enum KvType {
  F32(4, DataType.F32),
  F16(2, DataType.F16),
  /** Signed bytes, with a scale in half precision for each 32 numbers of a token's head. */
  Q8_0(1, DataType.Q8_0);

  /** Numbers of a token's head that share a scale. */
  public static final int SCALED = NumbersInPlace.SCALED;

  private final int bytes;
  private final DataType dataType;

  KvType(int bytes, DataType dataType) {
    this.bytes = bytes;
    this.dataType = dataType;
  }

  /** The same format of weights. */
  public DataType dataType() {
    return dataType;
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
