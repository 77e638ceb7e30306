// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>

#include "core/model/tensor.h"

namespace assayer::model {

/// Mean and standard deviation of tensors that come one by one (Welford 1962, doi:10.2307/1266577).
class Moments {
 public:
  void add(const Tensor& value) {
    const Tensor v = value.to(at::kDouble);
    if (!mean_.defined()) mean_ = sum_ = at::zeros_like(v);
    const Tensor difference = v - mean_;
    mean_ = mean_ + difference / static_cast<double>(++count_);
    sum_ = sum_ + difference * (v - mean_);
  }
  [[nodiscard]] const Tensor& mean() const { return mean_; }
  [[nodiscard]] Tensor sd() const {
    return (sum_ / static_cast<double>(std::max<Index>(1, count_ - 1))).sqrt();
  }

 private:
  Tensor mean_, sum_;
  Index count_ = 0;
};

}  // namespace assayer::model
