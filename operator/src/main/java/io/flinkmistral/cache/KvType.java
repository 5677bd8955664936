package io.flinkmistral.cache;

import java.util.Locale;

/** The number format of cached keys and values. */
public enum KvType {
  F32(4),
  F16(2);

  private final int bytes;

  KvType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }

  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The type of an option's value, {@code f16} or {@code f32}. */
  public static KvType ofOption(String name) {
    for (KvType type : values()) {
      if (type.optionName().equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException("the KV type must be f16 or f32, but is " + name);
  }
}
