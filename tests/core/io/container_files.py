#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes small files of every container and instrument format with NumPy, SciPy, h5py and struct, and prints what is
in them as JSON: the reference of container_files_test.cpp.

  python3 container_files.py DATA_FOLDER container_files > container_files.json

DATA_FOLDER holds the genuine files; what SciPy, h5py and gzip find in them goes into the same JSON.
"""
import gzip
import json
import pathlib
import struct
import sys

import h5py
import numpy as np
import scipy.io

data = pathlib.Path(sys.argv[1])
out = pathlib.Path(sys.argv[2])
out.mkdir(exist_ok=True)
rng = np.random.default_rng(20)
expected = {}


def expect(name, spectra, axis, unit, **more):
    """`spectra` [N, C] as the importer shall see them."""
    spectra = np.asarray(spectra, dtype=np.float64)
    n, c = spectra.shape
    points = [(0, 0), (0, c - 1), (n // 2, c // 2), (n - 1, 0), (n - 1, c - 1)]
    expected[name] = {
        "rows": n, "channels": c, "unit": unit, "axis": [float(axis[0]), float(axis[c // 2]), float(axis[-1])],
        "values": [[r, k, None if np.isnan(spectra[r, k]) else float(spectra[r, k])] for r, k in points],
        "sum": float(np.nansum(spectra)), **more}


# --- NumPy ---------------------------------------------------------------------------------------------------------
wave = np.linspace(400, 700, 6)
channels = np.arange(6)
whole = np.arange(24).reshape(4, 6)
for code in ["<i1", "<u1", "<i2", ">i2", "<u2", ">u4", "<i4", "<i8", ">i8", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8",
             ">f8"]:
    name = "type_" + code.replace("<", "le_").replace(">", "be_") + ".npy"
    np.save(out / name, whole.astype(code))
    expect(name, whole, channels, "channel")
np.save(out / "bool.npy", whole % 3 == 0)
expect("bool.npy", whole % 3 == 0, channels, "channel")
np.save(out / "fortran.npy", np.asfortranarray(whole.astype("f4")))
expect("fortran.npy", whole, channels, "channel")
cube = rng.random((3, 4, 6)).astype("f4")
np.save(out / "cube.npy", cube)
expect("cube.npy", cube.reshape(12, 6), channels, "channel", image=[3, 4])
np.save(out / "one_spectrum.npy", cube[0, 0])
expect("one_spectrum.npy", cube[0, :1], channels, "channel")
spectra = rng.random((5, 6))
mixed = rng.dirichlet([1, 1, 1], 5)
full = dict(spectra=spectra, wavelength=wave, wavelength_unit="nm", abundance=mixed,
            component_names=np.array(["a", "bé", "c"]), group=np.array([7, 7, 3, 3, 3]),
            site=np.array(["s0", "s1", "s2", "s3", "s4"]), depth=np.arange(5) / 4)
labels = dict(components=["a", "bé", "c"], groups={"3": 3, "7": 2}, columns={"site": "s2", "depth": "0.5"},
              abundance=[float(v) for v in mixed[2]])
np.savez(out / "stored.npz", **full)
expect("stored.npz", spectra, wave, "nm", **labels)
np.savez_compressed(out / "deflated.npz", **full)
expect("deflated.npz", spectra, wave, "nm", **labels)
np.savez(out / "transposed.npz", X=spectra.T.copy(), wl_um=wave / 1000, y=mixed)
expect("transposed.npz", spectra, wave / 1000, "um", abundance=[float(v) for v in mixed[2]])

# --- MATLAB 5 and 7.3 ----------------------------------------------------------------------------------------------
rows, cols, bands, ends = 3, 4, 6, 2
image = rng.random((rows, cols, bands))
parts = rng.dirichlet([1, 1], rows * cols).reshape(rows, cols, ends)
signatures = rng.random((bands, ends))
flat = image.reshape(rows * cols, bands, order="F").T      # channels x pixels, pixels down the columns
flat_parts = parts.reshape(rows * cols, ends, order="F").T
names = np.empty((1, ends), dtype=object)
names[0, 0], names[0, 1] = "tree", "water"
benchmark = {"V": flat, "A": flat_parts, "M": signatures, "cood": names, "nRow": rows, "nCol": cols, "nBand": bands}
for name, packed in (("benchmark.mat", False), ("benchmark_packed.mat", True)):
    scipy.io.savemat(out / name, benchmark, do_compression=packed)
    expect(name, image.reshape(-1, bands), channels, "channel", image=[rows, cols], components=["tree", "water"],
           endmember=[float(v) for v in signatures[:, 1]], abundance=[float(v) for v in parts.reshape(-1, ends)[2]])
scipy.io.savemat(out / "cube.mat", {"cube": image.astype("f4"), "wavelength_nm": wave})
expect("cube.mat", image.astype("f4").reshape(-1, bands), wave, "nm", image=[rows, cols])
scipy.io.savemat(out / "integers.mat", {"X": whole.astype("i2"), "site": np.array(["ab ", "c  ", "def", "g  "])})
expect("integers.mat", whole, channels, "channel", columns={"site": "def"})

# A structure with everything in it, and a data set of the PLS_Toolbox: an object, which MATLAB stores as a structure
# behind the name of its class, with axes and names in cell arrays. SciPy writes no objects, so the class is put in.
wavenumbers = np.array([4000.0, 3900, 3800, 3700, 3600])
absorbance = np.sin(np.arange(35)).reshape(7, 5)
analysis = np.array([[10, 5, 15, 70], [12, 4, 14, 70], [11, 3, 16, 70], [9, 6, 15, 70], [10, 4, 16, 70], [8, 6, 16, 70],
                     [10, 5, 14, 71]], dtype=float)
properties = np.empty((2, 2), dtype=object)
properties[0, 0] = properties[0, 1] = np.zeros((0, 0))
properties[1, 0], properties[1, 1] = np.array(["water  ", "oil    ", "protein", "starch "]), "Properties"
scales = np.empty((2, 2), dtype=object)
scales[0, 0] = scales[0, 1] = np.zeros((0, 0))
scales[1, 0], scales[1, 1] = wavenumbers[None], "wavenumber"
lot = np.array(["a", "a", "b", "b", "b", "c", "c"])
scipy.io.savemat(out / "structure.mat", {"corn": {
    "spectra": absorbance, "wavenumber": wavenumbers, "composition": analysis, "component_names": list("wops"),
    "instrument": {"name": "m5", "slit": 2.0}, "batch": lot}}, do_compression=True)
expect("structure.mat", absorbance, wavenumbers, "cm-1", abundance=[float(v) for v in analysis[2] / analysis[2].sum()],
       components=list("wops"), groups={"a": 2, "b": 3, "c": 2})
scipy.io.savemat(out / "objects.mat", {
    "m5spec": {"name": "m5", "data": absorbance, "axisscale": scales},
    "mp5spec": {"name": "mp5", "data": absorbance[:, ::-1] * 2, "axisscale": scales},
    "propvals": {"name": "corn", "data": analysis, "label": properties}})
raw = bytearray((out / "objects.mat").read_bytes())
place = 128
while place < len(raw):
    kind, size = struct.unpack_from("<II", raw, place)
    raw[place + 16] = 3                                                # class of the array: structure -> object
    shape = place + 24
    name = shape + 8 + (struct.unpack_from("<I", raw, shape + 4)[0] + 7) // 8 * 8
    word = struct.unpack_from("<I", raw, name)[0]
    behind = name + (8 if word >> 16 else 8 + (struct.unpack_from("<I", raw, name + 4)[0] + 7) // 8 * 8)
    raw[behind:behind] = struct.pack("<II8s", 1, 7, b"dataset")
    struct.pack_into("<I", raw, place + 4, size + 16)
    place += 8 + size + 16
(out / "objects.mat").write_bytes(raw)
expect("objects.mat", absorbance, wavenumbers, "cm-1", abundance=[float(v) for v in analysis[2] / analysis[2].sum()],
       components=["water", "oil", "protein", "starch"])
with h5py.File(out / "v73.mat", "w", userblock_size=512) as f:
    for key in ("V", "A", "M"):
        f[key] = benchmark[key].T
        f[key].attrs["MATLAB_class"] = np.bytes_("double")
    for key in ("nRow", "nCol"):
        f[key] = np.full((1, 1), float(benchmark[key]))
with open(out / "v73.mat", "r+b") as f:
    f.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
expect("v73.mat", image.reshape(-1, bands), channels, "channel", image=[rows, cols],
       endmember=[float(v) for v in signatures[:, 1]], abundance=[float(v) for v in parts.reshape(-1, ends)[2]])

# --- NeXus and HyperSpy --------------------------------------------------------------------------------------------
with h5py.File(out / "nexus.nxs", "w") as f:
    entry = f.create_group("entry")
    entry.attrs["NX_class"] = "NXentry"
    entry["larger"] = rng.random((40, 40))
    group = entry.create_group("map")
    group.attrs.update({"NX_class": "NXdata", "signal": "counts", "axes": ["wavelength", "y", "x"]})
    group["counts"] = np.moveaxis(image, 2, 0)
    group["wavelength"] = wave / 1000
    group["wavelength"].attrs["units"] = "um"
    group["y"], group["x"] = np.arange(3.0), np.arange(4.0)
expect("nexus.nxs", image.reshape(-1, bands), wave / 1000, "um", image=[rows, cols])
with h5py.File(out / "signal.hspy", "w") as f:
    group = f.create_group("Experiments/map")
    group["data"] = image
    for i, (name, navigate, scale, offset, unit) in enumerate(
            [("y", True, 1, 0, ""), ("x", True, 1, 0, ""), ("Wavelength", False, 60, 400, "nm")]):
        axis = group.create_group(f"axis-{i}")
        axis.attrs.update({"name": name, "navigate": navigate, "scale": float(scale), "offset": float(offset),
                           "units": unit, "size": image.shape[i], "index_in_array": i})
expect("signal.hspy", image.reshape(-1, bands), wave, "nm", image=[rows, cols])

# --- IDX -----------------------------------------------------------------------------------------------------------
pictures = rng.integers(0, 256, (5, 2, 3), dtype=np.uint8)
(out / "tiny-images-idx3-ubyte").write_bytes(struct.pack(">HBBIII", 0, 8, 3, 5, 2, 3) + pictures.tobytes())
(out / "tiny-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, 5) + bytes([2, 0, 1, 2, 0]))
digits = dict(components=["0", "1", "2"], abundance=[0.0, 1.0, 0.0], attributes={"picture_shape": "2 3"})
for name in ("tiny-images-idx3-ubyte", "tiny-labels-idx1-ubyte"):
    expect(name, pictures.reshape(5, 6) / 255, channels, "pixel", **digits)
reals = rng.random((4, 6)).astype(">f4")
(out / "reals.idx").write_bytes(struct.pack(">HBBII", 0, 13, 2, 4, 6) + reals.tobytes())
expect("reals.idx", reals, channels, "channel")

# --- Galactic SPC (offsets of the format's description) --------------------------------------------------------------
def spc(points, *, flags=0, exponent=-128, first=0.0, last=1.0, subfiles=1, xtype=3, ytype=2, log=b"", end="<",
        x=b"", body=b"", fnpts=None, memo=b"a memo"):
    version = 0x4B if end == "<" else 0x4C
    head = struct.pack(end + "BBBbIddIBBBBI9s9sH32s130s30sIIBBHf48sfIfB187s", flags, version, 0, exponent,
                       points if fnpts is None else fnpts, first, last, subfiles, xtype, ytype, 0, 0,
                       (2026 << 20) | (11 << 16) | (25 << 11) | (21 << 6) | 7, b"4 cm", b"lamp", 0, b"", memo, b"",
                       512 + len(x) + len(body) if log else 0, 0, 0, 0, 0, 0.0, b"", 0.0, 0, 0.0, 0, b"")
    assert len(head) == 512
    tail = struct.pack(end + "IIIII44s", 64 + len(log), 0, 64, 0, 0, b"") + log if log else b""
    return head + x + body + tail


def sub(index, exponent, z, points, y, end="<", x=b""):
    return struct.pack(end + "BbHfffIIf4s", 0, exponent, index, z, 0, 0, points, 1, 0, b"") + x + y


y = rng.random((3, 6)).astype("f4")
even = np.linspace(400, 700, 6)
for end, tag in (("<", "le"), (">", "be")):
    name = f"float_{tag}.spc"
    (out / name).write_bytes(spc(6, first=400, last=700, end=end, log=b"A = 1\r\nB = 2\r\n",
                                 body=sub(0, -128, 0, 0, y[0].astype(end + "f4").tobytes(), end)))
    expect(name, y[:1], even, "nm", attributes={"log": "A = 1\nB = 2", "memo": "a memo", "ordinate": "absorbance",
                                                "date": "2026-11-25 21:07"})
counts = np.array([-(2**30), 0, 1, 12345, 2**30, 2**31 - 1])
(out / "integers32.spc").write_bytes(spc(6, exponent=4, first=4000, last=400, xtype=1,
                                         body=sub(0, 4, 0, 0, counts.astype("<i4").tobytes())))
expect("integers32.spc", [counts * 2.0**(4 - 32)], np.linspace(4000, 400, 6), "cm-1")
small = np.array([-32768, -1, 0, 1, 300, 32767])
(out / "integers16.spc").write_bytes(spc(6, flags=1, exponent=3, first=1, last=2.5, xtype=2,
                                         body=sub(0, 3, 0, 0, small.astype("<i2").tobytes())))
expect("integers16.spc", [small * 2.0**(3 - 16)], np.linspace(1, 2.5, 6), "um")
uneven = np.array([400, 401, 403, 410, 500, 700], dtype="<f4")
(out / "common_x.spc").write_bytes(spc(6, flags=0x80 | 4, subfiles=3, x=uneven.tobytes(), body=b"".join(
    sub(i, -128, 10.0 * i, 0, y[i].astype("<f4").tobytes()) for i in range(3))))
expect("common_x.spc", y, uneven, "nm", columns={"z": "10", "subfile": "1"})
bodies = [sub(i, -128, 0, 6, y[i].astype("<f4").tobytes(), x=uneven.tobytes()) for i in range(3)]
directory = 512 + sum(map(len, bodies))
places = [512 + sum(map(len, bodies[:i])) for i in range(3)]
(out / "own_x.spc").write_bytes(spc(6, flags=0x80 | 0x40 | 4, subfiles=3, fnpts=directory, body=b"".join(bodies) + b"".join(
    struct.pack("<IIf", at, len(b), 0) for at, b in zip(places, bodies))))
expect("own_x.spc", y, uneven, "nm")

# --- JCAMP-DX ------------------------------------------------------------------------------------------------------
def squeezed(value):
    text = str(abs(value))
    return ("@ABCDEFGHI" if value >= 0 else "@abcdefghi")[int(text[0])] + text[1:]


def difference(value):
    text = str(abs(value))
    return ("%JKLMNOPQR" if value >= 0 else "%jklmnopqr")[int(text[0])] + text[1:]


def repeat(count):
    text = str(count)
    return " STUVWXYZs"[int(text[0])] + text[1:]


def table(values, form, per_line=7):
    """Lines of XYDATA=(X++(Y..Y)) with x = 10, 11, …"""
    lines, last = [], None
    for start in range(0, len(values), per_line):
        chunk = values[start:start + per_line]
        line = str(10 + start)
        if form == "AFFN":
            line += "".join(f" {v}" for v in chunk)
        elif form == "PAC":
            line += "".join(f"{v:+d}" for v in chunk)
        elif form == "SQZ":
            line += "".join(squeezed(v) for v in chunk)
        else:
            codes = [squeezed(values[start - 1])] if start else [squeezed(chunk[0])]
            steps = np.diff([values[start - 1]] + list(chunk)) if start else np.diff(chunk)
            steps = [int(s) for s in steps]
            while steps:
                run = 1
                while run < len(steps) and steps[run] == steps[0] and form == "DIFDUP":
                    run += 1
                codes.append(difference(steps[0]) + (repeat(run) if run > 1 else ""))
                steps = steps[run:]
            line += "".join(codes)
            last = values[start + len(chunk) - 1]
        lines.append(line)
    if last is not None:
        lines.append(f"{10 + len(values)}{squeezed(last)}")
    return "\n".join(lines)


def block(title, body, count, form="(X++(Y..Y))", units="NANOMETERS", factor=0.5, extra=""):
    return (f"##TITLE= {title}\n##JCAMP-DX= 4.24 $$ a comment\n##DATA TYPE= INFRARED SPECTRUM\n##ORIGIN= here\n"
            f"##OWNER= nobody\n##XUNITS= {units}\n##YUNITS= ABSORBANCE\n##XFACTOR= 1.0\n##YFACTOR= {factor}\n"
            f"##FIRSTX= 10\n##LASTX= {9 + count}\n##NPOINTS= {count}\n{extra}##XYDATA= {form}\n{body}\n##END=\n")


values = [0, 1, 2, 3, 3, 3, 3, 2, 1, 0, -1, -2, -30, 415, 415, 415, 7, -7, 1000, 1000, 999, 5, 5]
for form in ("AFFN", "PAC", "SQZ", "DIF", "DIFDUP"):
    name = form.lower() + ".jdx"
    (out / name).write_text(block(form, table(values, form), len(values)))
    expect(name, [np.array(values) * 0.5], 10 + np.arange(len(values)), "nm", columns={"title": form},
           attributes={"YUNITS": "ABSORBANCE"})
linked = "##TITLE= all\n##JCAMP-DX= 4.24\n##DATA TYPE= LINK\n##BLOCKS= 3\n"
shifted = [[v + i for v in values] for i in range(2)]
linked += "".join(block(f"part {i}", table(shifted[i], "DIFDUP"), len(values)) for i in range(2))
linked += "##TITLE= peaks\n##NPOINTS= 2\n##PEAK TABLE= (XY..XY)\n10, 3; 12, 4\n##END=\n##END=\n"
(out / "linked.jdx").write_text(linked.replace("\n", "\r\n"))
expect("linked.jdx", np.array(shifted) * 0.5, 10 + np.arange(len(values)), "nm", columns={"title": "part 1"})
pairs = "##TITLE= pairs\n##JCAMP-DX= 4.24\n##XUNITS= 1/CM\n##XFACTOR= 1\n##YFACTOR= 2\n##NPOINTS= 4\n##XYPOINTS= (XY..XY)\n"
pairs += "4000, 1.5; 3000.5, -2\n1000 2.5E-01\n400, 7\n##END=\n"
(out / "points.dx").write_text(pairs)
expect("points.dx", [[3, -4, 0.5, 14]], np.array([4000, 3000.5, 1000, 400]), "cm-1")

# --- genuine files -------------------------------------------------------------------------------------------------
genuine, expected = expected, {}
matlab = data / "import" / "matlab"
a = scipy.io.loadmat(matlab / "Samson_A_true.mat")["A_true"]
expect("import/matlab/Samson_A_true.mat", a.reshape(-1, 3), np.arange(3), "channel", image=[95, 95])
e = scipy.io.loadmat(matlab / "Samson_E.mat")["E"]
expect("import/matlab/Samson_E.mat", e.T, np.arange(156), "channel")
library = scipy.io.loadmat(matlab / "USGS_1995_Library.mat")
table_ = library["datalib"].T.astype("f4")
titles = ["".join(chr(int(c)) for c in row).strip() for row in library["names"]]
order = np.argsort(table_[0], kind="stable")
minerals = np.where(table_[3:] == np.float32(-1.23e34), np.nan, table_[3:])[:, order]
expect("import/matlab/USGS_1995_Library.mat", minerals, table_[0][order].astype(float), "um",
       columns={"names": titles[3 + len(minerals) // 2]})
with h5py.File(matlab / "matlab_v73_bundles.mat") as f:
    codes, count = np.unique(f["groups"][:], return_counts=True)
    expect("import/matlab/matlab_v73_bundles.mat", f["bundle"][:], np.arange(144), "channel",
           groups={str(int(c)): int(n) for c, n in zip(codes, count)})
for stem in ("t10k", "train"):
    with gzip.open(data / "mnist" / f"{stem}-images-idx3-ubyte.gz") as f:
        n = struct.unpack(">IIII", f.read(16))[1]
        digits = np.frombuffer(f.read(), np.uint8).reshape(n, 784).astype("f4") / np.float32(255)
    with gzip.open(data / "mnist" / f"{stem}-labels-idx1-ubyte.gz") as f:
        label = f.read()[8:][2]
    expect(f"mnist/{stem}-images-idx3-ubyte.gz", digits, np.arange(784), "pixel", components=[str(d) for d in range(10)],
           abundance=[float(d == label) for d in range(10)], attributes={"picture_shape": "28 28"})

json.dump({"generated": genuine, "genuine": expected}, sys.stdout, indent=1, ensure_ascii=False)
print()
