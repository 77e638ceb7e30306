// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/tensor.h"
#include "core/train/model_state.h"

namespace assayer::model {

/// All weights of all members in one block, so that copying, clipping and updating them are single passes.
///
/// Parameter p is the range [offset_p, offset_p + M · size_p) seen as [M, rows, cols]. `values` holds the
/// numbers; each parameter is a leaf of autograd on it whose gradient accumulates into the same range of
/// `gradients`.
class Parameters {
 public:
  /// Reserves space; returns the parameter's index. Call before `allocate`.
  std::size_t add(std::string name, Index rows, Index cols);
  void allocate(Index members, const at::TensorOptions& options);

  [[nodiscard]] std::size_t count() const { return entries_.size(); }
  [[nodiscard]] const std::string& name(std::size_t p) const { return entries_[p].name; }
  [[nodiscard]] const Tensor& leaf(std::size_t p) const { return leaves_[p]; }
  [[nodiscard]] const Tensor& values() const { return values_; }
  [[nodiscard]] const Tensor& gradients() const { return gradients_; }
  [[nodiscard]] Index members() const { return members_; }
  /// Offset and length of member m's part of parameter p.
  struct Range {
    Index offset = 0;
    Index length = 0;
  };
  [[nodiscard]] Range range(std::size_t p, Index member) const;

  /// Parameter p of all members in `block`, which is values(), gradients() or of their shape: [M, length].
  [[nodiscard]] Tensor of_members(const Tensor& block, std::size_t p) const;

  void zero_gradients();
  [[nodiscard]] std::vector<NamedArray> to_arrays() const;
  /// Copies in; Data error when a name is missing or a shape differs.
  Status from_arrays(std::span<const NamedArray> arrays);

 private:
  struct Entry {
    std::string name;
    Index rows = 0;
    Index cols = 0;
    Index offset = 0;
  };
  std::vector<Entry> entries_;
  Index members_ = 0;
  Tensor values_;
  Tensor gradients_;
  std::vector<Tensor> leaves_;
};

}  // namespace assayer::model
