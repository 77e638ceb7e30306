// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reproduce/digits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "core/io/importer.h"

namespace assayer {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kSide = 28;
constexpr std::size_t kPixels = kSide * kSide;

std::optional<fs::path> images_file(const fs::path& folder, const std::string& part) {
  for (const fs::path& place : {folder, folder / "mnist"}) {
    for (const char* end : {"-images-idx3-ubyte.gz", "-images-idx3-ubyte", "-images.idx3-ubyte"}) {
      fs::path path = place / (part + end);
      if (fs::exists(path)) return path;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Digits> read_digits(const fs::path& folder, const std::string& part, std::size_t most,
                           RunControl& control) {
  const auto path = images_file(folder, part);
  if (!path) {
    return fail({Error::Kind::File,
                 "MNIST is not there",
                 folder.string(),
                 part + "-images-idx3-ubyte and " + part + "-labels-idx1-ubyte, plain or .gz",
                 {},
                 "Name the folder that has the files with --data."});
  }
  const auto imported = ImporterRegistry::standard().load(*path, control);
  if (!imported) return fail(imported.error());
  const Dataset& data = *imported->data;
  if (data.channels() != kPixels || data.components() != 10) {
    return fail({Error::Kind::Data, "these are no pictures of ten digits", path->string(),
                 "784 pixels, 10 classes",
                 fmt::format("{} pixels, {} classes", data.channels(), data.components()),
                 "The labels' file must stand beside the images'."});
  }
  const std::size_t count = std::min(most, data.rows());
  Digits digits{Matrix<float>(count, kPixels), {}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = i * data.rows() / count;
    std::ranges::copy(data.spectra().row(row), digits.pixels.row(i).begin());
    if (!data.labelled(row)) {
      return fail({Error::Kind::Data, "a picture has no label", path->string(), "a label for each", {}, {}});
    }
    const auto y = data.abundances()->row(row);
    digits.digit.push_back(static_cast<std::uint8_t>(std::ranges::max_element(y) - y.begin()));
  }
  return digits;
}

std::uint8_t NearestDigits::classify(std::span<const float> picture) const {
  std::vector<std::pair<float, std::uint8_t>> nearest;  // ascending
  for (std::size_t i = 0; i < known_.pixels.rows(); ++i) {
    const float* a = known_.pixels.row(i).data();
    float distance = 0;
    for (std::size_t c = 0; c < kPixels; ++c) distance += (a[c] - picture[c]) * (a[c] - picture[c]);
    if (nearest.size() == k_ && distance >= nearest.back().first) continue;
    const std::pair entry{distance, known_.digit[i]};
    nearest.insert(std::ranges::upper_bound(nearest, entry), entry);
    if (nearest.size() > k_) nearest.pop_back();
  }
  std::array<std::size_t, 10> votes{};
  for (const auto& [distance, digit] : nearest) ++votes[digit];
  const std::size_t highest = *std::ranges::max_element(votes);
  const auto first = std::ranges::find_if(nearest, [&](const auto& n) { return votes[n.second] == highest; });
  return first->second;
}

double NearestDigits::accuracy(const Digits& test, RunControl& control) const {
  std::size_t right = 0;
  std::size_t tried = 0;
  for (std::size_t i = 0; i < test.digit.size() && !control.stop_requested(); ++i, ++tried) {
    right += classify(test.pixels.row(i)) == test.digit[i];
  }
  return static_cast<double>(right) / static_cast<double>(tried);
}

std::array<std::size_t, 10> deal_digits(const std::array<std::array<double, 10>, 10>& votes) {
  std::array<std::size_t, 10> digits{};
  std::iota(digits.begin(), digits.end(), 0);
  std::array<std::size_t, 10> best = digits;
  double most = -1;
  do {
    double sum = 0;
    for (std::size_t hot = 5; hot < 10; ++hot) sum += votes[hot][digits[hot]];
    if (sum > most) {
      most = sum;
      best = digits;
    }
  } while (std::next_permutation(digits.begin() + 5, digits.end()));
  return best;
}

std::string picture_sheet(const Matrix<float>& pictures, std::size_t columns) {
  const std::size_t rows = (pictures.rows() + columns - 1) / columns;
  std::string text = fmt::format("P2\n{} {}\n255\n", columns * kSide, rows * kSide);
  for (std::size_t y = 0; y < rows * kSide; ++y) {
    for (std::size_t x = 0; x < columns * kSide; ++x) {
      const std::size_t picture = y / kSide * columns + x / kSide;
      const float value = picture < pictures.rows() ? pictures(picture, y % kSide * kSide + x % kSide) : 0.0F;
      text += fmt::format("{}{}", x == 0 ? "" : " ", std::lround(255 * std::clamp(value, 0.0F, 1.0F)));
    }
    text += '\n';
  }
  return text;
}

}  // namespace assayer
