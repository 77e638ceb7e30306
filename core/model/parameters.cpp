// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

namespace assayer::model {

std::size_t Parameters::add(std::string name, Index rows, Index cols) {
  entries_.push_back({std::move(name), rows, cols, 0});
  return entries_.size() - 1;
}

void Parameters::allocate(Index members, const at::TensorOptions& options) {
  members_ = members;
  Index total = 0;
  for (Entry& entry : entries_) {
    entry.offset = total;
    total += members * entry.rows * entry.cols;
  }
  values_ = at::zeros({total}, options);
  gradients_ = at::zeros({total}, options);
  leaves_.clear();
  for (const Entry& entry : entries_) {
    const auto part = [&](const Tensor& block) {
      return block.narrow(0, entry.offset, members * entry.rows * entry.cols)
          .view({members, entry.rows, entry.cols});
    };
    Tensor leaf = part(values_).detach();
    leaf.requires_grad_(true);
    // Autograd adds in place into a gradient that is there already.
    leaf.mutable_grad() = part(gradients_);
    leaves_.push_back(std::move(leaf));
  }
}

Parameters::Range Parameters::range(std::size_t p, Index member) const {
  const Entry& entry = entries_[p];
  const Index length = entry.rows * entry.cols;
  return {entry.offset + member * length, length};
}

Tensor Parameters::of_members(const Tensor& block, std::size_t p) const {
  const Entry& entry = entries_[p];
  const Index length = entry.rows * entry.cols;
  return block.narrow(0, entry.offset, members_ * length).view({members_, length});
}

void Parameters::zero_gradients() {
  // LibTorch's own call allocates.
  if (gradients_.is_cpu()) {
    std::memset(gradients_.data_ptr(), 0, gradients_.nbytes());
  } else {
    gradients_.zero_();
  }
}

std::vector<NamedArray> Parameters::to_arrays() const {
  std::vector<NamedArray> arrays;
  arrays.reserve(entries_.size());
  const Tensor host = values_.to(at::kCPU, at::kFloat).contiguous();
  for (const Entry& entry : entries_) {
    NamedArray array{entry.name, {members_, entry.rows, entry.cols}, {}};
    const float* begin = host.data_ptr<float>() + entry.offset;
    array.values.assign(begin, begin + members_ * entry.rows * entry.cols);
    arrays.push_back(std::move(array));
  }
  return arrays;
}

Status Parameters::from_arrays(std::span<const NamedArray> arrays) {
  const at::NoGradGuard no_grad;
  for (const Entry& entry : entries_) {
    const auto found = std::find_if(arrays.begin(), arrays.end(),
                                    [&](const NamedArray& array) { return array.name == entry.name; });
    const std::vector<std::int64_t> shape = {members_, entry.rows, entry.cols};
    const Index length = members_ * entry.rows * entry.cols;
    if (found == arrays.end()) {
      return fail({Error::Kind::Data, "a weight is missing from the model", entry.name,
                   fmt::format("[{}]", fmt::join(shape, ", ")), "",
                   "The file was not written by Assayer, or is damaged."});
    }
    if (found->shape != shape || static_cast<Index>(found->values.size()) != length) {
      return fail({Error::Kind::Data, "a weight's shape contradicts the model's configuration", entry.name,
                   fmt::format("[{}]", fmt::join(shape, ", ")),
                   fmt::format("[{}]", fmt::join(found->shape, ", ")),
                   "The file was not written by Assayer, or is damaged."});
    }
    // from_blob borrows; the copy below ends before `found` can go.
    const Tensor source = at::from_blob(const_cast<float*>(found->values.data()), {length}, at::kFloat);
    values_.narrow(0, entry.offset, length).copy_(source);
  }
  return {};
}

}  // namespace assayer::model
