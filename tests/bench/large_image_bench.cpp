// SPDX-License-Identifier: GPL-3.0-or-later
//
// An image of gigabytes: how soon it is open, how soon single spectra of it are there, and how fast it is
// converted, beside what `dd` takes to copy the same file, each with the time until it is on the disk.
// Spectra are float32, so that 16-bit numbers become twice as many bytes: rates are of bytes written.
//
//   assayer_bench_large_image FOLDER [GIGABYTES = 2]
//
// FOLDER needs room for three times as much. Times are compared within one run: they are the disk's as well.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "core/session/session.h"
#include "tests/bench/bench_support.h"

namespace {

using namespace assayer;
using bench::peak_megabytes;
using bench::value_or_exit;
namespace fs = std::filesystem;

constexpr std::size_t kBands = 256;
constexpr std::size_t kSamples = 1024;

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Numbers from 1 on, as any interleave would have them: what they are does not matter for the time.
template <class T>
void make(const fs::path& path, std::size_t bytes, int type, const char* interleave) {
  const std::size_t lines = bytes / sizeof(T) / kBands / kSamples;
  std::ofstream(fs::path(path).replace_extension(".hdr"))
      << "ENVI\nsamples = " << kSamples << "\nlines = " << lines << "\nbands = " << kBands
      << "\nheader offset = 0\ndata type = " << type << "\ninterleave = " << interleave
      << "\nbyte order = 0\n";
  std::ofstream stream(path, std::ios::binary);
  std::vector<T> line(kBands * kSamples);
  for (std::size_t i = 0; i < line.size(); ++i) line[i] = static_cast<T>(1 + i % 10000);
  for (std::size_t l = 0; l < lines; ++l)
    stream.write(reinterpret_cast<const char*>(line.data()),
                 static_cast<std::streamsize>(line.size() * sizeof(T)));
}

double seconds_of_dd(const fs::path& from, const fs::path& to) {
  const std::string dd =
      fmt::format("dd if='{}' of='{}' bs=8M conv=fsync status=none", from.string(), to.string());
  const double took = seconds([&] {
    if (std::system(dd.c_str()) != 0) std::exit(1);
  });
  fs::remove(to);
  return took;
}

void measure(const fs::path& folder, const std::string& name) {
  const fs::path path = folder / (name + ".img");
  const double mib = static_cast<double>(fs::file_size(path)) / (1 << 20);
  fmt::print("{}: {:.0f} MiB\n", name, mib);

  RunControl control;
  DatasetPtr data;
  const double opened = seconds([&] {
    data = value_or_exit(ImporterRegistry::standard().load(path, control)).data;
    value_or_exit(Session::start(data));
  });
  Random random(1);
  double sum = 0;
  const double touched = seconds([&] {
    for (int i = 0; i < 1000; ++i) sum += data->spectra().row(random.below(data->rows()))[7];
  });
  fmt::print("  open {:.3f} s, 1000 spectra anywhere {:.3f} s, peak memory {:.0f} MiB (check {:.0f})\n",
             opened, touched, peak_megabytes(), sum);
  data = value_or_exit(ImporterRegistry::standard().load(path, control)).data;
  for (const char* output : {"out.img", "out.bsq", "out.h5"}) {
    const double took = seconds(
        [&] { value_or_exit(ExporterRegistry::standard().write(*data, folder / output, {}, control)); });
    const double copied = seconds_of_dd(folder / output, folder / "copy");
    fmt::print("  to {:8} {:.2f} s, dd {:.2f} s for the same: {:.2f} of its rate; peak memory {:.0f} MiB\n",
               output, took, copied, copied / took, peak_megabytes());
    fs::remove(folder / output);
    fs::remove((folder / output).replace_extension(".hdr"));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: {} FOLDER [GIGABYTES]\n", argv[0]);
    return 2;
  }
  // A line as soon as it is measured, also into a file.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const fs::path folder = argv[1];
  const auto bytes = static_cast<std::size_t>((argc > 2 ? std::atof(argv[2]) : 2.0) * (1 << 30));
  const auto each = [&]<class T>(T /*number*/, int type, const std::string& interleave) {
    const std::string name = fmt::format("{}-{}", interleave, sizeof(T) * 8);
    make<T>(folder / (name + ".img"), bytes, type, interleave.c_str());
    measure(folder, name);
    fs::remove(folder / (name + ".img"));
    fs::remove(folder / (name + ".hdr"));
  };
  constexpr int kFloat = 4;
  constexpr int kInteger = 2;
  for (const char* interleave : {"bip", "bil", "bsq"}) each(float{}, kFloat, interleave);
  for (const char* interleave : {"bil", "bsq"}) each(std::int16_t{}, kInteger, interleave);
  return 0;
}
