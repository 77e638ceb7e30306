// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"

namespace assayer {

/// Pictures of digits: pixels [N, 784] in 0 … 1 and which digit each shows.
struct Digits {
  Matrix<float> pixels;
  std::vector<std::uint8_t> digit;
};

/// MNIST's files `part`-images-idx3-ubyte and -labels-idx1-ubyte ("train", "t10k"), plain or gzipped, in
/// `folder` or its folder "mnist"; at most `most` of them, evenly spread over the file. Data error for labels
/// other than 0–9.
Result<Digits> read_digits(const std::filesystem::path& folder, const std::string& part, std::size_t most,
                           RunControl& control);

/// Tells digits by the nearest of known ones: the class with most votes among the k nearest in Euclidean
/// distance, of equal ones that of the nearest (Cover & Hart 1967, doi:10.1109/TIT.1967.1053964). Nothing in
/// it is trained or tuned, and it knows no model.
class NearestDigits {
 public:
  explicit NearestDigits(Digits known, std::size_t k = 5) : known_(std::move(known)), k_(k) {}
  [[nodiscard]] std::uint8_t classify(std::span<const float> picture) const;
  /// Share of `test` that it tells rightly.
  [[nodiscard]] double accuracy(const Digits& test, RunControl& control) const;

 private:
  Digits known_;
  std::size_t k_;
};

/// For each one-hot 0–9 a digit, all different: 0–4 stay (they are labelled), 5–9 are dealt so that the sum
/// of `votes`[one-hot][digit] is greatest. All 120 ways are tried.
std::array<std::size_t, 10> deal_digits(const std::array<std::array<double, 10>, 10>& votes);

/// Pictures [rows × columns, 784] as one portable graymap (PGM), row by row.
std::string picture_sheet(const Matrix<float>& pictures, std::size_t columns);

}  // namespace assayer
