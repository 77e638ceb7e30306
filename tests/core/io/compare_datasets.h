// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "core/data/dataset.h"

namespace assayer::test {

/// Bit by bit, so that NaN equals NaN.
template <class T>
void expect_same_bits(const Matrix<T>& a, const Matrix<T>& b, const char* what) {
  ASSERT_EQ(a.rows(), b.rows()) << what;
  ASSERT_EQ(a.cols(), b.cols()) << what;
  EXPECT_EQ(a.empty() ? 0 : std::memcmp(a.data(), b.data(), a.size() * sizeof(T)), 0) << what;
}

inline void expect_same_bits(const Spectra& a, const Spectra& b, const char* what) {
  ASSERT_EQ(a.rows(), b.rows()) << what;
  ASSERT_EQ(a.cols(), b.cols()) << what;
  EXPECT_EQ(a.empty() ? 0 : std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << what;
}

/// Every part but the path and the format, which say where a data set comes from.
inline void expect_equal(const Dataset& a, const Dataset& b) {
  expect_same_bits(a.spectra(), b.spectra(), "spectra");
  EXPECT_EQ(a.wavelength(), b.wavelength());
  ASSERT_EQ(a.abundances().has_value(), b.abundances().has_value());
  if (a.abundances()) {
    EXPECT_EQ(a.abundances()->names(), b.abundances()->names());
    expect_same_bits(a.abundances()->values(), b.abundances()->values(), "abundances");
  }
  ASSERT_EQ(a.true_abundances().has_value(), b.true_abundances().has_value());
  if (a.true_abundances()) expect_same_bits(*a.true_abundances(), *b.true_abundances(), "true abundances");
  ASSERT_EQ(a.groups().has_value(), b.groups().has_value());
  if (a.groups()) {
    EXPECT_EQ(a.groups()->of_row, b.groups()->of_row);
    EXPECT_EQ(a.groups()->names, b.groups()->names);
    EXPECT_EQ(a.groups()->codes, b.groups()->codes);
  }
  ASSERT_EQ(a.metadata().size(), b.metadata().size());
  for (std::size_t i = 0; i < a.metadata().size(); ++i) {
    EXPECT_EQ(a.metadata()[i].name, b.metadata()[i].name);
    EXPECT_EQ(a.metadata()[i].values, b.metadata()[i].values) << a.metadata()[i].name;
  }
  ASSERT_EQ(a.image_shape().has_value(), b.image_shape().has_value());
  if (a.image_shape()) {
    EXPECT_EQ(a.image_shape()->rows, b.image_shape()->rows);
    EXPECT_EQ(a.image_shape()->cols, b.image_shape()->cols);
  }
  ASSERT_EQ(a.endmembers().has_value(), b.endmembers().has_value());
  if (a.endmembers()) expect_same_bits(*a.endmembers(), *b.endmembers(), "endmembers");
  EXPECT_EQ(a.endmember_names(), b.endmember_names());
  ASSERT_EQ(a.endmembers_by_group().size(), b.endmembers_by_group().size());
  for (std::size_t g = 0; g < a.endmembers_by_group().size(); ++g)
    expect_same_bits(a.endmembers_by_group()[g], b.endmembers_by_group()[g], "endmembers by group");
  EXPECT_EQ(a.bad_channels(), b.bad_channels());
  EXPECT_EQ(a.provenance().attributes, b.provenance().attributes);
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
}

}  // namespace assayer::test
