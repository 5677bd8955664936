#!/usr/bin/env python3
"""Has GNU as record the bytes of the instructions that the assembler writes.

    python3 encodings.py > encodings.txt

Each line is the bytes and the instruction, in Intel's syntax; AssemblerTest reads them. Operands are
of every kind that an instruction is used with: registers of each bit of their numbers, memory by
each base, with displacements around what fits a byte, alone or counted in vectors.
"""
import os
import re
import subprocess
import tempfile

GENERAL = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
LOW = {r: "e" + r[1:] for r in GENERAL[:8]} | {r: r + "d" for r in GENERAL[8:]}
DISPLACEMENTS = [0, 4, -4, 32, 64, 124, 128, -128, 508, 512, -512, 4064, 4096, 8128, 8192, 100000]
WORD = {128: "xmm", 256: "ymm", 512: "zmm"}
lines = []


def add(text):
    lines.append(text)


def register(bits, i):
    return WORD[bits] + str(i % (32 if bits == 512 else 16))


def memories():
    """Each base, and each displacement with several of them."""
    for i, base in enumerate(GENERAL):
        yield base, DISPLACEMENTS[i]
    for i, displacement in enumerate(DISPLACEMENTS):
        yield GENERAL[(5 * i + 4) % 16], displacement
        yield GENERAL[(3 * i + 5) % 16], displacement


def memory(size, base, displacement):
    return f"{size} ptr [{base}{displacement:+d}]"


def sources(bits, i, kinds, size):
    """Last operands: registers, memory of a size, or an int of memory for all lanes."""
    if "r" in kinds:
        for j in range(8):
            yield register(bits, 11 * j + 9 + 3 * i)
    if "m" in kinds and bits > 128:
        for base, displacement in memories():
            yield memory(size, base, displacement)
    if "b" in kinds and bits == 512:
        for base, displacement in memories():
            yield memory("dword", base, displacement) + "{1to16}"


SIZES = {128: "xmmword", 256: "ymmword", 512: "zmmword"}
HALF = {256: "xmmword", 512: "ymmword"}
QUARTER = {256: "qword", 512: "xmmword"}


def three(name, kinds, widths=(128, 256, 512)):
    for bits in widths:
        for i, source in enumerate(sources(bits, 1, kinds, SIZES[bits])):
            add(f"{name} {register(bits, 7 * i + 3)}, {register(bits, 5 * i + 1)}, {source}")


def two(name, kinds, widths, sizes, end=""):
    for bits in widths:
        for i, source in enumerate(sources(bits, 2, kinds, sizes[bits])):
            add(f"{name} {register(bits, 7 * i + 3)}, {source}{end}")


# Integers.
for i, a in enumerate(GENERAL):
    b = GENERAL[(5 * i + 3) % 16]
    add(f"mov {a}, {b}")
    add(f"add {a}, {b}")
    add(f"movabs {a}, {(0x123456789abcdef0 * (i + 1)) % 2**63}")
    add(f"movabs {a}, {-i}")
    for value in (1, -128, 127, 128, 1152, -129, 2147483647):
        if a != "rax" or -128 <= value <= 127:  # For rax as knows a shorter form.
            add(f"add {a}, {value}")
            add(f"sub {a}, {value}")
            add(f"cmp {a}, {value}")
    add(f"lea {a}, [rip{1000 * (i - 5):+d}]")
    add(f"push {a}")
    add(f"pop {a}")
for i, (base, displacement) in enumerate(memories()):
    add(f"mov {memory('qword', base, displacement)}, {GENERAL[(7 * i + 2) % 16]}")
    add(f"mov {GENERAL[(7 * i + 2) % 16]}, {memory('qword', base, displacement)}")
    add(f"prefetcht0 {memory('byte', base, displacement)}")
for name in ("jmp", "jne", "ja", "jl"):
    for distance in (1000, 200000, -1000, -200000):
        add(f"{name} .{distance:+d}")
for name in ("ret", "cpuid", "xgetbv", "vzeroupper"):
    add(name)

# From and to memory and other registers.
two("vmovups", "rm", (128, 256, 512), SIZES)
for i, (base, displacement) in enumerate(memories()):
    for bits in (128, 256, 512):
        add(f"vmovups {memory(SIZES[bits], base, displacement)}, {register(bits, 7 * i + 2)}")
    add(f"vmovss {memory('dword', base, displacement)}, {register(128, 7 * i + 2)}")
for i, general in enumerate(GENERAL):
    add(f"vmovd {register(128, 7 * i + 2)}, {LOW[general]}")
    add(f"vmovd {LOW[general]}, {register(128, 5 * i + 2)}")
two("vpbroadcastd", "m", (256, 512), {256: "dword", 512: "dword"})
for bits in (256, 512):
    for i in range(16):
        add(f"vpbroadcastd {register(bits, 7 * i + 3)}, {register(128, 5 * i)}")

two("vpbroadcastw", "m", (256,), {256: "word"})
for i, (base, displacement) in enumerate(memories()):
    add(f"vpbroadcastw {register(128, 7 * i + 3)}, {memory('word', base, displacement)}")

# Lanes.
two("vpshufd", "r", (128, 256), SIZES, ", 78")
three("vpshufb", "r", (128, 256))
two("vpermq", "r", (256,), SIZES, ", 216")
for i in range(16):
    add(f"vextracti128 {register(128, 7 * i + 3)}, {register(256, 5 * i)}, 1")
for name in ("vpmovsxbd", "vpmovzxbd"):
    two(name, "m", (256, 512), QUARTER)
three("vpackssdw", "r", (128, 256))
three("vpacksswb", "r", (128, 256))

# Bits and integers. What EVEX has for ints only, VEX calls by a shorter name.
three("vpandd", "rmb")
three("vpord", "rmb")
three("vpxord", "rmb")
for name in ("vpsrld", "vpslld", "vpsrad"):
    two(name, "r", (128, 256, 512), SIZES, ", 4")
two("vpabsb", "r", (256,), SIZES)
three("vpsignb", "r", (256,))
three("vpaddw", "rm")
three("vpaddd", "rmb")
three("vpsubd", "rmb")
three("vpmaxsd", "rmb")
three("vpmaddubsw", "rm")
three("vpmaddwd", "rm")
three("vpdpbusd", "rmb")

# Floats.
two("vcvtdq2ps", "rmb", (128, 256, 512), SIZES)
two("vcvtph2ps", "m", (256, 512), HALF)
for bits in (256, 512):
    for i in range(16):
        add(f"vcvtph2ps {register(bits, 7 * i + 3)}, {register(bits // 2, 5 * i)}")
three("vaddps", "rmb")
three("vsubps", "rmb")
three("vmaxps", "rmb")
three("vminps", "rmb")
three("vmulps", "rmb")
three("vfmadd231ps", "rmb")
three("vfnmadd231ps", "rmb")
three("vfmadd213ps", "rmb")
three("vdivss", "r", (128,))


def source(line):
    """As reads it: VEX in its longer form, which is the one that is written."""
    if not line.startswith("v") or line == "vzeroupper" or "zmm" in line:
        return line
    return "{vex3} " + re.sub("^(vpand|vpor|vpxor)d ", r"\1 ", line)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "a")
    with open(path + ".s", "w") as file:
        file.write(".intel_syntax noprefix\n")
        file.write("".join(source(line) + "\n" for line in lines))
    subprocess.run(["as", "-al=" + path + ".lst", "--listing-cont-lines=4", "-o", path + ".o", path + ".s"], check=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", path + ".o", path + ".bin"], check=True)
    with open(path + ".bin", "rb") as file:
        code = file.read()
    starts = {}
    for entry in open(path + ".lst"):
        match = re.match(r"\s*(\d+) ([0-9a-f]{4,}) [0-9A-F]", entry)
        if match:
            starts.setdefault(int(match[1]) - 2, int(match[2], 16))
    ends = [starts[i + 1] for i in range(len(lines) - 1)] + [len(code)]
    for i, line in enumerate(lines):
        print(code[starts[i]:ends[i]].hex(), line)
