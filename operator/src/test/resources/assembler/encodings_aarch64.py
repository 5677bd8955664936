#!/usr/bin/env python3
"""Has GNU as record the words of the instructions that the assembler for AArch64 writes.

    python3 encodings_aarch64.py > encodings_aarch64.txt

Each line is the bytes, what Aarch64AssemblerTest calls, and the instruction as Arm writes it.
Operands are of every kind that an instruction is used with: registers of each bit of their numbers,
numbers of each bit of theirs. Needs binutils-aarch64-linux-gnu.
"""
import os
import subprocess
import tempfile

NUMBERS = [0, 1, 2, 4, 8, 15, 16, 21, 30]
SHAPES = {"b8": "8b", "b16": "16b", "h4": "4h", "h8": "8h", "s4": "4s"}
lines = []


def add(call, text):
    lines.append((call, text))


def registers(count):
    """Registers with each bit of each of their numbers."""
    for i in range(len(NUMBERS)):
        yield [NUMBERS[(i + 4 * j) % len(NUMBERS)] for j in range(count)]


def vectors(name, *shapes):
    for numbers in registers(len(shapes)):
        add(" ".join([name] + [f"v{n}.{s}" for n, s in zip(numbers, shapes)]),
            name + " " + ", ".join(f"v{n}.{SHAPES[s]}" for n, s in zip(numbers, shapes)))


def by_lane(name, shape, lane, text):
    for index in range(4):
        for a, b, c in registers(3):
            add(f"{name} v{a}.s4 v{b}.{shape} v{c}.{lane}{index}",
                f"{name} v{a}.4s, v{b}.{SHAPES[shape]}, v{c}.{text}[{index}]")


def shift(name, shape, counts):
    for i, count in enumerate(counts):
        a, b = list(registers(2))[i % len(NUMBERS)]
        add(f"{name} v{a}.{shape} v{b}.{shape} {count}",
            f"{name} v{a}.{SHAPES[shape]}, v{b}.{SHAPES[shape]}, #{count}")


def base(n):
    return "sp" if n == 31 else f"x{n}"


# Integers, and what programs are made of.
for name in ("movz", "movk"):
    for i, value in enumerate([0, 1, 0x1234, 0x8000, 0xffff]):
        for shift_by in (0, 16, 32, 48):
            n = NUMBERS[(i + shift_by // 16) % len(NUMBERS)]
            add(f"{name} x{n} {value} {shift_by}", f"{name} x{n}, #{value}, lsl #{shift_by}")
for name in ("add", "sub"):
    for a, b, c in registers(3):
        add(f"{name} x{a} x{b} x{c}", f"{name} x{a}, x{b}, x{c}")
for name in ("add", "sub", "subs"):
    for i, value in enumerate([0, 1, 0x555, 0xaaa, 4095]):
        for a, b in registers(2):
            add(f"{name} x{a} x{b} {value}", f"{name} x{a}, x{b}, #{value}")
for name in ("add", "sub"):
    add(f"{name} sp sp 64", f"{name} sp, sp, #64")
for a, b in registers(2):
    add(f"cmp x{a} x{b}", f"cmp x{a}, x{b}")
for a, value in zip(NUMBERS, [0, 1, 4, 32, 0x555, 0xaaa, 4095, 2, 8]):
    add(f"cmp x{a} {value}", f"cmp x{a}, #{value}")
add("ret", "ret")
for a in NUMBERS:
    add(f"dcCvau x{a}", f"dc cvau, x{a}")
    add(f"icIvau x{a}", f"ic ivau, x{a}")
add("dsbIsh", "dsb ish")
add("isb", "isb")

# Jumps, and addresses of labels.
for method, name in (("b", "b"), ("bne", "b.ne"), ("bhi", "b.hi"), ("blo", "b.lo"),
                     ("blt", "b.lt")):
    for distance in (-4096, -4, 4, 8, 4096):
        add(f"{method} .{distance:+d}", f"{name} .{distance:+d}")
for n in NUMBERS:
    for distance in (-4, 4, 400):
        add(f"adr x{n} .{distance:+d}", f"adr x{n}, .{distance:+d}")

# Memory.
for i, (a, b) in enumerate(registers(2)):
    for j in (0, 1, 5, 2730, 4095):
        add(f"prfm x{b} {8 * j}", f"prfm pldl1keep, [x{b}, #{8 * j}]")
        add(f"str x{a} x{b} {8 * j}", f"str x{a}, [x{b}, #{8 * j}]")
        for size, unit in (("s", 4), ("d", 8), ("q", 16)):
            for name in ("ldr", "str"):
                r = [b, 31][j == 5]
                add(f"{name} v{a}.{size} {base(r)} {unit * j}",
                    f"{name} {size}{a}, [{base(r)}, #{unit * j}]")

# Between registers.
for a, b in registers(2):
    add(f"fmov x{a} v{b}", f"fmov w{a}, s{b}")
    add(f"dup v{a}.s4 x{b}", f"dup v{a}.4s, w{b}")
    for i in range(4):
        add(f"dup v{a}.s4 v{b}.lane{i}", f"dup v{a}.4s, v{b}.s[{i}]")
    for name in ("umaxv", "addv"):
        add(f"{name} v{a}.s v{b}.s4", f"{name} s{a}, v{b}.4s")
for i in range(9):
    value = 255 if i == 8 else 1 << i
    for shape in ("b16", "h8"):
        add(f"movi v{NUMBERS[i]}.{shape} {value}", f"movi v{NUMBERS[i]}.{SHAPES[shape]}, #{value}")

# Lanes.
for shape in ("b16", "h8"):
    vectors("uzp1", shape, shape, shape)
for a, b, c in registers(3):
    add(f"tbl2 v{a}.b16 v{b} v{c}.b16", f"tbl v{a}.16b, {{v{b}.16b, v{b + 1}.16b}}, v{c}.16b")
for name in ("sxtl", "uxtl"):
    vectors(name, "h8", "b8")
    vectors(name, "s4", "h4")

# Bits and integers.
for name in ("and", "orr", "eor", "bit"):
    vectors(name, "b16", "b16", "b16")
for name in ("ushr", "sri"):
    shift(name, "b16", range(1, 9))
    shift(name, "h8", range(1, 17))
    shift(name, "s4", range(1, 33))
shift("shl", "b16", range(8))
shift("shl", "h8", range(16))
shift("shl", "s4", range(32))
for name in ("add", "sub", "umax", "fadd", "fdiv", "fmul", "fmla", "fmls"):
    vectors(name, "s4", "s4", "s4")
for name in ("neg", "scvtf", "fabs"):
    vectors(name, "s4", "s4")
vectors("fcvtl", "s4", "h4")
by_lane("sdot", "b16", "quad", "4b")
for name in ("fmul", "fmla", "fmls"):
    by_lane(name, "s4", "lane", "s")

with tempfile.TemporaryDirectory() as folder:
    source, binary, raw = (os.path.join(folder, name) for name in ("a.s", "a.o", "a.bin"))
    with open(source, "w") as file:
        file.write(".arch armv8.2-a+dotprod\n" + "".join(text + "\n" for _, text in lines))
    subprocess.run(["aarch64-linux-gnu-as", "-o", binary, source], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", binary, raw], check=True)
    words = open(raw, "rb").read()
assert len(words) == 4 * len(lines)
for i, (call, text) in enumerate(lines):
    print(words[4 * i:4 * i + 4].hex(), call, sep="\t", end=f"\t{text}\n")
